// Command resolve asks a tfreg server which tensors to feed and to fetch.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	tfreg "example.com/resolve/gen/tfreg/v1"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: resolve HOST:PORT REFERENCE")
		os.Exit(2)
	}
	if err := resolve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, told(err))
		os.Exit(1)
	}
}

func resolve(server, reference string) error {
	connection, err := grpc.NewClient(server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	bindings := tfreg.NewBindingServiceClient(connection)
	answer, err := bindings.Resolve(ctx, &tfreg.ResolveRequest{Reference: reference})
	if err != nil {
		return err
	}
	binding := answer.GetBinding()
	fmt.Printf("%s:%d %s\n", binding.GetModel(), binding.GetVersion(), binding.GetFormat())
	for _, feed := range binding.GetFeeds() {
		fmt.Printf("feed %s as %s\n", feed.GetTensor().GetKey(), name(feed.GetTensor()))
	}
	for _, fetch := range binding.GetFetches() {
		fmt.Printf("fetch %s as %s\n", fetch.GetKey(), name(fetch))
	}
	return nil
}

// name writes a tensor as a session takes it; a composite tensor has components instead.
func name(tensor *tfreg.TensorSpec) string {
	if tensor.GetRef() == nil {
		return tensor.GetEncoding()
	}
	return fmt.Sprintf("%s:%d", tensor.GetRef().GetOperation(), tensor.GetRef().GetIndex())
}

// told puts an error into words: its stable reason, if the server gave one, and its message, which ends with the next step.
func told(err error) string {
	found := status.Convert(err)
	for _, detail := range found.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "tfreg.dev" {
			return fmt.Sprintf("%s: %s", info.GetReason(), found.Message())
		}
	}
	return err.Error()
}
