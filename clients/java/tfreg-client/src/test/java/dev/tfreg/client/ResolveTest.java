package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.Binding;
import dev.tfreg.v1.Diagnostic;
import dev.tfreg.v1.Feed;
import dev.tfreg.v1.FeedUse;
import dev.tfreg.v1.Quantization;
import dev.tfreg.v1.ResolveResponse;
import dev.tfreg.v1.Severity;
import dev.tfreg.v1.Shape;
import dev.tfreg.v1.Targets;
import dev.tfreg.v1.TensorRef;
import dev.tfreg.v1.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolveTest {
  @TempDir Path cache;
  private FakeRegistry registry;
  private TfregClient client;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    client = registry.client(cache);
    registry.resolve = ResolveResponse.newBuilder().setBinding(binding()).build();
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  @Test
  void aBindingTellsEverythingThatTheServerSays() {
    dev.tfreg.client.Binding binding = client.resolve("demo/digits@prod");
    assertEquals("demo/digits", binding.model());
    assertEquals(7, binding.version());
    assertEquals("r1", binding.revision());
    assertEquals("saved_model", binding.format());
    assertEquals(List.of("serve"), binding.tags());
    assertEquals("serving_default", binding.signature());
    assertEquals("demo/digits@sha256:ab", binding.artifactReference());
    assertEquals(
        List.of(dev.tfreg.client.FeedUse.REQUIRED, dev.tfreg.client.FeedUse.OPTIONAL),
        List.of(binding.feeds().get(0).use(), binding.feeds().get(1).use()));
    dev.tfreg.client.TensorSpec images = binding.feeds().get(0).tensor();
    assertEquals("float32", images.dtype());
    assertEquals("(?, 8, 8, 1)", images.shape().orElseThrow().toString());
    assertEquals(List.of("init"), binding.targets().initOperations());
    assertEquals("TFR204", binding.diagnostics().get(0).code());
    assertEquals(
        dev.tfreg.client.Diagnostic.Severity.WARNING, binding.diagnostics().get(0).severity());
  }

  @Test
  void aKeyGivesTheOperationAndIndexToFeed() {
    dev.tfreg.client.Binding binding = client.resolve("demo/digits");
    assertEquals("serving_default_images", binding.feed("images").operation());
    assertEquals(1, binding.fetch("scores").index());
    assertEquals("StatefulPartitionedCall:1", binding.fetch("scores").toString());
  }

  @Test
  void aMistypedKeyIsAnsweredWithTheNearest() {
    TfregException failure =
        assertThrows(TfregException.class, () -> client.resolve("demo/digits").feed("image"));
    assertEquals("FEED_NOT_FOUND", failure.reason());
    assertEquals("images", failure.metadata().get("nearest"));
    assertTrue(failure.getMessage().contains("Did you mean 'images'?"), failure.getMessage());
  }

  @Test
  void aTensorNameInPlaceOfAKeyIsAnsweredWithItsKey() {
    TfregException failure =
        assertThrows(
            TfregException.class,
            () -> client.resolve("demo/digits").fetch("StatefulPartitionedCall:1"));
    assertEquals("FETCH_NOT_FOUND", failure.reason());
    assertEquals("scores", failure.metadata().get("nearest"));
  }

  @Test
  void aSparseFeedNamesItsComponents() {
    TfregException failure =
        assertThrows(TfregException.class, () -> client.resolve("demo/digits").feed("words"));
    assertEquals("NOT_ONE_TENSOR", failure.reason());
    assertTrue(failure.getMessage().contains("words/values:0"), failure.getMessage());
  }

  @Test
  void aTensorOfTfliteIsKnownByItsIndexAndQuantization() {
    registry.resolve =
        ResolveResponse.newBuilder()
            .setBinding(
                Binding.newBuilder()
                    .setFormat("tflite")
                    .addFetches(
                        TensorSpec.newBuilder()
                            .setKey("scores")
                            .setTensorIndex(231)
                            .setQuantization(
                                Quantization.newBuilder().addScales(0.5f).addZeroPoints(-128))))
            .build();
    dev.tfreg.client.Binding binding = client.resolve("demo/digits");
    dev.tfreg.client.TensorSpec scores = binding.fetches().get(0);
    assertEquals(231, scores.tensorIndex().getAsInt());
    assertEquals(
        Optional.of(dev.tfreg.client.Quantization.of(List.of(0.5f), List.of(-128L), 0)),
        scores.quantization());
    TfregException failure = assertThrows(TfregException.class, () -> binding.fetch("scores"));
    assertTrue(failure.getMessage().contains("takes it as tensor 231"), failure.getMessage());
  }

  @Test
  void theOptionsReachTheServer() {
    client.resolve(
        ResolveOptions.builder("demo/digits")
            .formats("saved_model", "frozen_graph")
            .signature("score")
            .tags("serve", "gpu")
            .outputs("scores", "fc3:0")
            .build());
    assertEquals(List.of("saved_model", "frozen_graph"), registry.resolveRequest.getFormatsList());
    assertEquals("score", registry.resolveRequest.getSignature());
    assertEquals(List.of("serve", "gpu"), registry.resolveRequest.getTagsList());
    assertEquals(List.of("scores", "fc3:0"), registry.resolveRequest.getOutputsList());
  }

  @Test
  void aRevisionThatStillHoldsIsNoNewBinding() {
    registry.resolve = ResolveResponse.newBuilder().setUnchanged(true).build();
    assertEquals(
        Optional.empty(),
        client.resolveIfChanged(ResolveOptions.builder("demo/digits").build(), "r1"));
    assertEquals("r1", registry.resolveRequest.getKnownRevision());
  }

  private static Binding binding() {
    return Binding.newBuilder()
        .setModel("demo/digits")
        .setVersion(7)
        .setRevision("r1")
        .setArtifactDigest("sha256:ab")
        .setFormat("saved_model")
        .addTags("serve")
        .setSignature("serving_default")
        .setMethodName("tensorflow/serving/predict")
        .addFeeds(
            Feed.newBuilder()
                .setUse(FeedUse.FEED_USE_REQUIRED)
                .setTensor(
                    tensor("images", "serving_default_images", 0)
                        .setDtype("float32")
                        .setShape(Shape.newBuilder().addDims(-1).addDims(8).addDims(8).addDims(1))))
        .addFeeds(
            Feed.newBuilder()
                .setUse(FeedUse.FEED_USE_OPTIONAL)
                .setTensor(
                    TensorSpec.newBuilder()
                        .setKey("words")
                        .setEncoding("sparse")
                        .addComponents(tensor("", "words/values", 0))
                        .addComponents(tensor("", "words/indices", 0))))
        .addFetches(tensor("scores", "StatefulPartitionedCall", 1))
        .setTargets(Targets.newBuilder().addInitOperations("init"))
        .addDiagnostics(
            Diagnostic.newBuilder().setCode("TFR204").setSeverity(Severity.SEVERITY_WARNING))
        .build();
  }

  private static TensorSpec.Builder tensor(String key, String operation, int index) {
    return TensorSpec.newBuilder()
        .setKey(key)
        .setRef(TensorRef.newBuilder().setOperation(operation).setIndex(index));
  }
}
