package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tfreg.client.Binding;
import dev.tfreg.client.Pulled;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import dev.tfreg.testing.TfregRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Programs that keep a session of their own feed and fetch it by key. */
@SuppressWarnings("try") // feeds are there to be closed
class FeedsTest {
  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  private static final Map<String, Object> INPUTS =
      Map.of(
          "input_ids", new int[1][8],
          "input_mask", new int[][] {{1, 1, 1, 1, 1, 1, 1, 1}},
          "segment_ids", new int[1][8]);

  @Test
  void aSessionIsFedAndFetchedByTheSignaturesKeys(TfregClient client) {
    String model = Fixtures.push(registry, "tf1_saved_model");
    Binding binding = client.resolve(model);
    Pulled pulled = client.pull(binding.artifactReference());
    try (SavedModelBundle bundle = SavedModelBundle.load(pulled.path().toString(), "serve");
        BoundModel bound = TfregModels.load(client, LoadOptions.builder(model).build());
        Outputs expected = bound.signature().run(INPUTS)) {
      Session.Runner runner = bundle.session().runner();
      Fetches fetches = Fetches.apply(runner, binding);
      try (Feeds feeds = Feeds.apply(runner, binding, INPUTS);
          Outputs outputs = fetches.of(runner.run())) {
        assertEquals(expected.keys(), outputs.keys());
        assertArrayEquals(
            expected.value("probabilities", float[][].class)[0],
            outputs.value("probabilities", float[][].class)[0]);
      }
    }
  }

  @Test
  void keysAndValuesThatDoNotFitAreTold(TfregClient client) {
    Binding binding = client.resolve(Fixtures.push(registry, "tf1_saved_model"));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      for (Map.Entry<String, Map<String, Object>> wrong :
          Map.of(
                  "FEED_NOT_FOUND", Map.<String, Object>of("input_idz", 1),
                  "VALUE_INVALID", Map.<String, Object>of("input_ids", 1))
              .entrySet()) {
        TfregException failure =
            assertThrows(
                TfregException.class,
                () -> Feeds.apply(session.runner(), binding, wrong.getValue()));
        assertEquals(wrong.getKey(), failure.reason());
      }
      TfregException failure =
          assertThrows(
              TfregException.class, () -> Fetches.apply(session.runner(), binding, "labels"));
      assertEquals("FETCH_NOT_FOUND", failure.reason());
    }
  }

  /** A result with one tensor under two names is refused by TensorFlow Java. */
  @Test
  void twoKeysOfOneTensorAreFetchedOnce(TfregClient client) throws Exception {
    Path file = Files.createTempDirectory("graph").resolve("graph.pb");
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class);
      tf.withName("y").math.add(x, x);
      Files.write(file, graph.toGraphDef().toByteArray());
      registry.push("team/twice", file);
      registry.run(
          "sign",
          "team/twice",
          "serving_default",
          "--input",
          "x=x:0",
          "--output",
          "sum=y:0",
          "--output",
          "twice=y:0");
      Binding binding = client.resolve("team/twice");
      Session.Runner runner = session.runner();
      Fetches fetches = Fetches.apply(runner, binding);
      try (Feeds feeds = Feeds.apply(runner, binding, Map.of("x", 2f));
          Result result = runner.run()) {
        assertEquals(1, result.size());
        Outputs outputs = fetches.of(result);
        assertEquals(List.of(4f, 4f), List.of(outputs.value("sum"), outputs.value("twice")));
      }
      try (BoundModel model = TfregModels.load(client, LoadOptions.builder("team/twice").build());
          Outputs outputs = model.signature().run(Map.of("x", 3f))) {
        assertEquals(List.of(6f, 6f), List.of(outputs.value("sum"), outputs.value("twice")));
      }
    } finally {
      Files.delete(file);
      Files.delete(file.getParent());
    }
  }

  @Test
  void whatTheProgramFetchesItselfIsNotMixedUpWithTheKeys(TfregClient client) {
    Binding binding = client.resolve(Fixtures.push(registry, "tf1_saved_model"));
    Pulled pulled = client.pull(binding.artifactReference());
    try (SavedModelBundle bundle = SavedModelBundle.load(pulled.path().toString(), "serve")) {
      Session.Runner runner = bundle.session().runner().fetch(binding.fetch("label").toString());
      Fetches fetches = Fetches.apply(runner, binding, "probabilities");
      try (Feeds feeds = Feeds.apply(runner, binding, INPUTS);
          Result result = runner.run();
          Outputs outputs = fetches.of(result)) {
        assertEquals(3, outputs.value("probabilities", float[][].class)[0].length);
        assertEquals(Set.of("probabilities"), outputs.keys());
      }
    }
  }

  @Test
  void aSessionOfAnotherGraphIsTold(TfregClient client) {
    Binding binding = client.resolve(Fixtures.push(registry, "tf1_saved_model"));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      for (org.junit.jupiter.api.function.Executable use :
          List.<org.junit.jupiter.api.function.Executable>of(
              () -> Feeds.apply(session.runner(), binding, INPUTS),
              () -> Fetches.apply(session.runner(), binding))) {
        TfregException failure = assertThrows(TfregException.class, use);
        assertEquals("GRAPH_DIFFERS", failure.reason());
      }
    }
  }
}
