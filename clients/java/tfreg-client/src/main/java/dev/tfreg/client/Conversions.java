package dev.tfreg.client;

import dev.tfreg.v1.CancelJobRequest;
import dev.tfreg.v1.CheckMode;
import dev.tfreg.v1.Conversion;
import dev.tfreg.v1.ConversionInput;
import dev.tfreg.v1.ConversionRequest;
import dev.tfreg.v1.ConversionServiceGrpc;
import dev.tfreg.v1.ConvertRequest;
import dev.tfreg.v1.ConvertResponse;
import dev.tfreg.v1.GetJobRequest;
import dev.tfreg.v1.ListConversionsRequest;
import dev.tfreg.v1.ListConversionsResponse;
import dev.tfreg.v1.PlanRequest;
import io.grpc.Context;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Calls of ConversionService. */
final class Conversions {
  /** How long a conversion is waited for, unless the caller says otherwise. */
  static final Duration LONGEST = Duration.ofHours(1);

  private final Calls calls;
  private final Pushes pushes;
  private final ConversionServiceGrpc.ConversionServiceBlockingStub stub;

  Conversions(Calls calls, Pushes pushes) {
    this.calls = calls;
    this.pushes = pushes;
    this.stub = ConversionServiceGrpc.newBlockingStub(calls.channel());
  }

  ConversionPlan plan(ConvertOptions options) {
    PlanRequest request = PlanRequest.newBuilder().setConversion(request(options, false)).build();
    return ConversionMessages.plan(calls.read(stub, ready -> ready.plan(request)));
  }

  /** A call that breaks is made again: identical requests share one run. */
  Converted convert(ConvertOptions options, ProgressListener listener) {
    ConvertRequest request =
        ConvertRequest.newBuilder()
            .setConversion(request(options, true))
            .setCheck(check(options.check()))
            .build();
    return ConversionMessages.converted(
        calls.read(stub, options.timeout(), ready -> attempt(ready, request, listener)));
  }

  List<Converted> list(String reference) {
    List<Converted> found = new ArrayList<>();
    ListConversionsRequest.Builder request =
        ListConversionsRequest.newBuilder().setReference(reference);
    do {
      ListConversionsResponse page =
          calls.read(stub, ready -> ready.listConversions(request.build()));
      page.getConversionsList().forEach(entry -> found.add(ConversionMessages.converted(entry)));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return List.copyOf(found);
  }

  Job job(String id) {
    GetJobRequest request = GetJobRequest.newBuilder().setId(id).build();
    return ConversionMessages.job(calls.read(stub, ready -> ready.getJob(request)).getJob());
  }

  Job cancel(String id) {
    CancelJobRequest request = CancelJobRequest.newBuilder().setId(id).build();
    return ConversionMessages.job(calls.read(stub, ready -> ready.cancelJob(request)).getJob());
  }

  private static Conversion attempt(
      ConversionServiceGrpc.ConversionServiceBlockingStub ready,
      ConvertRequest request,
      ProgressListener listener) {
    // Leaving early, because the listener fails say, must end the call too.
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      Context before = context.attach();
      try {
        Iterator<ConvertResponse> responses = ready.convert(request);
        while (responses.hasNext()) {
          ConvertResponse response = responses.next();
          if (response.hasConversion()) {
            return response.getConversion();
          }
          listener.progressed(ConversionMessages.job(response.getJob()));
        }
      } finally {
        context.detach(before);
      }
    }
    String hint = "See the server's log.";
    throw new TfregException(
        TfregException.Kind.INTERNAL,
        "INTERNAL",
        "The server ended the conversion without telling what it made. " + hint,
        Map.of("hint", hint));
  }

  private ConversionRequest request(ConvertOptions options, boolean upload) {
    ConversionRequest.Builder request =
        ConversionRequest.newBuilder()
            .setReference(options.reference())
            .setTarget(options.target())
            .setOptions(SettingsMessages.message(options.settings()));
    options.inputs().forEach(input -> request.addInputs(input(input, upload)));
    return request.build();
  }

  private ConversionInput input(ConvertOptions.Input input, boolean upload) {
    ConversionInput.Builder message = ConversionInput.newBuilder().setRole(input.role());
    switch (input.from()) {
      case REFERENCE:
        return message.setReference(input.place()).build();
      case ATTACHMENT:
        return message.setAttachmentRole(input.place()).build();
      default:
        return upload
            ? message.setFiles(pushes.upload(Path.of(input.place()))).build()
            // A plan asks for the role only.
            : message.setAttachmentRole(input.role()).build();
    }
  }

  private static CheckMode check(ConvertOptions.Check check) {
    switch (check) {
      case WAIT:
        return CheckMode.CHECK_MODE_WAIT;
      case NONE:
        return CheckMode.CHECK_MODE_NONE;
      default:
        return CheckMode.CHECK_MODE_LATER;
    }
  }
}
