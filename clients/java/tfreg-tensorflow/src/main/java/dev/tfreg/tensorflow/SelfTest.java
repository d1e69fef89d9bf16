package dev.tfreg.tensorflow;

import dev.tfreg.client.PullOptions;
import dev.tfreg.client.PulledAttachment;
import dev.tfreg.client.TensorSpec;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/**
 * Runs a version once on inputs that are known to be good: those of the caller, else the requests
 * that TensorFlow Serving would warm it up with, else the samples that were pushed with it. A
 * version without any is not run.
 */
final class SelfTest {
  private static final String SAMPLES = "samples";

  private final TfregClient client;
  private final FollowOptions options;

  SelfTest(TfregClient client, FollowOptions options) {
    this.client = client;
    this.options = options;
  }

  /**
   * Runs it.
   *
   * @throws TfregException SELF_TEST_FAILED; and what the registry throws when it is asked for
   *     samples
   */
  void run(Generation next) {
    if (!options.selfTest()) {
      return;
    }
    List<ExampleInputs> warmUp = WarmUpRequests.of(next.loaded().path());
    boolean bySamples = options.examples().isEmpty() && warmUp.isEmpty();
    List<Path> samples = bySamples ? sampleFiles(next.loaded()) : List.of();
    try {
      if (!options.examples().isEmpty()) {
        options.examples().forEach(example -> next.run(null, example, null).close());
      } else {
        warmUp.forEach(example -> runWarmUp(next, example));
        runSamples(next, samples);
      }
    } catch (IOException | RuntimeException failure) {
      throw failed(next.loaded(), failure);
    }
  }

  private static void runWarmUp(Generation next, ExampleInputs request) {
    if (next.signatureKeys().contains(request.signature())) {
      run(next, request.signature(), request.values(), Map.of());
    }
  }

  private static void run(
      Generation next,
      String signature,
      Map<String, TensorProto> values,
      Map<String, DataType> dtypes) {
    try (StoredTensors tensors = StoredTensors.of(values, dtypes)) {
      next.run(signature, tensors.byKey(), null).close();
    }
  }

  /** Samples are of the default signature; where there is none, nobody says what they are of. */
  private static void runSamples(Generation next, List<Path> files) throws IOException {
    if (files.isEmpty() || next.defaultKey() == null) {
      return;
    }
    Map<String, DataType> dtypes = new HashMap<>();
    inputs(next).forEach(input -> dtypes.put(input.key(), dataType(input.dtype())));
    Map<String, TensorProto> samples = new HashMap<>();
    for (Path file : files) {
      samples.putAll(NumpyFiles.read(file));
    }
    samples.keySet().retainAll(dtypes.keySet());
    if (!samples.isEmpty()) {
      run(next, null, samples, dtypes);
    }
  }

  private static Stream<TensorSpec> inputs(Generation next) {
    return next.plan(null).binding().feeds().stream()
        .flatMap(
            feed ->
                feed.tensor().components().isEmpty()
                    ? Stream.of(feed.tensor())
                    : feed.tensor().components().stream());
  }

  private static DataType dataType(String dtype) {
    return Stream.of(ElementType.values())
        .filter(type -> type.toString().equals(dtype))
        .findFirst()
        .map(ElementType::dataType)
        .orElse(DataType.DT_INVALID);
  }

  private List<Path> sampleFiles(LoadedModel loaded) {
    String version = loaded.model() + ":" + loaded.version();
    boolean any =
        client.getVersion(version).attachments().stream()
            .anyMatch(attachment -> attachment.role().equals(SAMPLES));
    if (!any) {
      return List.of();
    }
    PullOptions pull =
        PullOptions.builder(version).formats(loaded.format()).attachments(true).build();
    return client.pull(pull).attachments().stream()
        .filter(attachment -> attachment.role().equals(SAMPLES))
        .map(PulledAttachment::path)
        .collect(Collectors.toList());
  }

  private static TfregException failed(LoadedModel loaded, Exception failure) {
    return Failures.of(
        TfregException.Kind.FAILED_PRECONDITION,
        "SELF_TEST_FAILED",
        String.format(
            "%s:%d did not run on the example inputs: %s",
            loaded.model(), loaded.version(), Failures.sentence(failure)),
        "Mend the model or the inputs, and move the alias again.",
        Map.of("version", Long.toString(loaded.version())),
        failure);
  }
}
