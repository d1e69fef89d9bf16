// Asks a tfreg server which tensors to feed and to fetch.
#include <chrono>
#include <iostream>
#include <string>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tfreg/v1/bindings.grpc.pb.h"

// Writes a tensor as a session takes it; a composite tensor has components instead.
std::string Name(const tfreg::v1::TensorSpec& tensor) {
  if (!tensor.has_ref()) return tensor.encoding();
  return tensor.ref().operation() + ":" + std::to_string(tensor.ref().index());
}

// Puts an error into words: its stable reason, if the server gave one, and its message, which ends with the next step.
std::string Told(const grpc::Status& status) {
  google::rpc::Status found;
  found.ParseFromString(status.error_details());
  for (const auto& detail : found.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info) && info.domain() == "tfreg.dev") {
      return info.reason() + ": " + status.error_message();
    }
  }
  return status.error_message();
}

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: resolve HOST:PORT REFERENCE\n";
    return 2;
  }
  auto bindings = tfreg::v1::BindingService::NewStub(
      grpc::CreateChannel(words[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  tfreg::v1::ResolveRequest request;
  request.set_reference(words[2]);
  tfreg::v1::ResolveResponse answer;
  if (auto status = bindings->Resolve(&context, request, &answer); !status.ok()) {
    std::cerr << Told(status) << "\n";
    return 1;
  }
  const auto& binding = answer.binding();
  std::cout << binding.model() << ":" << binding.version() << " " << binding.format() << "\n";
  for (const auto& feed : binding.feeds()) {
    std::cout << "feed " << feed.tensor().key() << " as " << Name(feed.tensor()) << "\n";
  }
  for (const auto& fetch : binding.fetches()) {
    std::cout << "fetch " << fetch.key() << " as " << Name(fetch) << "\n";
  }
}
