package dev.tfreg.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.BytesOptions;
import dev.tfreg.client.ConversionPlan;
import dev.tfreg.client.ConversionSettings;
import dev.tfreg.client.ConvertOptions;
import dev.tfreg.client.Converted;
import dev.tfreg.client.Job;
import dev.tfreg.client.NamedTensor;
import dev.tfreg.client.PullOptions;
import dev.tfreg.client.Pulled;
import dev.tfreg.client.PushOptions;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A model in another format, asked for from Java; conversions that need no TensorFlow. */
class ConvertTest {
  private static final Path MODELS = Path.of("../../../tests/fixtures/models");

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  @BeforeAll
  static void push() {
    TfregClient client = registry.client();
    client.push(PushOptions.builder(MODELS.resolve("tf1_saved_model"), "convert/saved").build());
    client.push(PushOptions.builder(MODELS.resolve("tf2_keras_export"), "convert/keras").build());
    client.push(PushOptions.builder(MODELS.resolve("frozen_tf1.pb"), "convert/frozen").build());
    client.push(
        PushOptions.builder(MODELS.resolve("tf1_saved_model"), "convert/on-demand").build());
  }

  @Test
  void aSavedModelIsFrozenAndItsKeysStay(TfregClient client) throws IOException {
    List<Job> told = new ArrayList<>();
    ConvertOptions options = frozen("convert/saved").build();
    ConversionPlan before = client.plan(options);
    assertEquals("saved_model", before.sourceFormat());
    assertEquals("frozen_graph", before.steps().get(before.steps().size() - 1).target());
    assertTrue(before.storedDigest().isEmpty());
    Converted converted = client.convert(options, told::add);
    assertEquals("frozen_graph", converted.format());
    assertFalse(converted.names().isEmpty());
    assertEquals(converted.artifactDigest(), client.plan(options).storedDigest().orElseThrow());
    assertEquals(List.of(converted), client.conversions("convert/saved"));
    Pulled pulled = client.pull(converted.artifactReference());
    assertArrayEquals(client.bytes("convert/saved"), Files.readAllBytes(pulled.path()));
    if (!told.isEmpty()) {
      Job job = client.job(told.get(0).id());
      assertEquals(Job.State.DONE, job.state());
      assertEquals(converted.artifactDigest(), job.artifactDigest().orElseThrow());
      assertEquals(Job.State.DONE, client.cancelJob(job.id()).state());
    }
  }

  @Test
  void aPullConvertsWhereItMay(TfregClient client) {
    PullOptions.Builder pull = PullOptions.builder("convert/on-demand").formats("frozen_graph");
    assertRefused("FORMAT_NOT_STORED", () -> client.pull(pull.build()));
    assertEquals("frozen_graph", client.pull(pull.convert(true).build()).format());
  }

  @Test
  void aFrozenGraphComesAsBytesAndIsMadeWhereItMayBe(TfregClient client) {
    assertRefused("FORMAT_NOT_STORED", () -> client.bytes("convert/keras"));
    byte[] graph = client.bytes(BytesOptions.builder("convert/keras").convert(true).build());
    assertTrue(graph.length > 0);
    assertArrayEquals(graph, client.bytes("convert/keras"));
  }

  @Test
  void aFolderCannotBeBytes(TfregClient client) {
    TfregException failure =
        assertRefused(
            "NOT_ONE_FILE",
            () -> client.bytes(BytesOptions.builder("convert/saved").formats().build()));
    assertTrue(failure.getMessage().contains("saved_model.pb"), failure.getMessage());
    assertRefused(
        "LIMIT_EXCEEDED",
        () -> client.bytes(BytesOptions.builder("convert/frozen").maxBytes(10).build()));
  }

  @Test
  void settingsNameWhatTheResultHas(TfregClient client) {
    ConversionSettings settings =
        ConversionSettings.builder()
            .inputs(
                List.of(
                    NamedTensor.of("input_ids:0", "ids"),
                    NamedTensor.of("input_mask:0"),
                    NamedTensor.of("segment_ids:0")))
            .outputs(List.of(NamedTensor.of("pred_prob:0", "probabilities")))
            .build();
    Converted converted =
        client.convert(
            ConvertOptions.builder("convert/frozen", "saved_model")
                .settings(settings)
                .check(ConvertOptions.Check.NONE)
                .build());
    assertEquals(settings.outputs(), converted.provenance().settings().outputs());
    assertEquals(
        "pred_prob",
        client.resolve(converted.artifactReference()).fetch("probabilities").operation());
  }

  @Test
  void whatNoWayLeadsToIsSaid(TfregClient client) {
    assertRefused(
        "FORMAT_UNKNOWN",
        () -> client.plan(ConvertOptions.builder("convert/saved", "onnx").build()));
    assertRefused("JOB_NOT_FOUND", () -> client.job("no-such-job"));
  }

  private static ConvertOptions.Builder frozen(String reference) {
    return ConvertOptions.builder(reference, "frozen_graph").check(ConvertOptions.Check.NONE);
  }

  private static TfregException assertRefused(String reason, Runnable call) {
    TfregException failure = assertThrows(TfregException.class, call::run);
    assertEquals(reason, failure.reason(), failure.getMessage());
    return failure;
  }
}
