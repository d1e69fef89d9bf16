package dev.tfreg.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.client.Inspection;
import dev.tfreg.client.ListNodesOptions;
import dev.tfreg.client.ListTensorsOptions;
import dev.tfreg.client.MetaGraph;
import dev.tfreg.client.NodeInfo;
import dev.tfreg.client.PushOptions;
import dev.tfreg.client.ReadTensorsOptions;
import dev.tfreg.client.Shape;
import dev.tfreg.client.StoredTensor;
import dev.tfreg.client.TensorSelection;
import dev.tfreg.client.TensorValue;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a Java program learns of a model without TensorFlow: signatures, nodes, values. */
class TensorsTest {
  private static final Path MODELS = Path.of("../../../tests/fixtures/models");

  @RegisterExtension static final TfregRegistry registry = TfregRegistry.create();

  @BeforeAll
  static void push() {
    for (String name : List.of("tf1_saved_model", "checkpoint_types", "keras_3_types_v3.keras")) {
      registry
          .client()
          .push(PushOptions.builder(MODELS.resolve(name), "tensors/" + model(name)).build());
    }
  }

  @Test
  void aModelSaysWhatItHolds(TfregClient client) {
    Inspection inspection = client.inspect("tensors/saved");
    MetaGraph graph = inspection.metaGraphs().get(0);
    assertEquals("saved_model", inspection.format());
    assertEquals(List.of("serve"), graph.tags());
    assertTrue(
        graph.signatures().stream()
            .anyMatch(signature -> signature.key().equals("serving_default")));
    assertTrue(graph.ops().contains("MatMul"));
    assertFalse(inspection.fingerprints().model().isEmpty());
    assertEquals(inspection.tensorCount(), client.listTensors("tensors/saved").size());
    Inspection keras = client.inspect("tensors/keras");
    assertFalse(keras.keras().orElseThrow().layers().isEmpty());
  }

  @Test
  void nodesAreListedByOp(TfregClient client) {
    List<NodeInfo> nodes =
        client.listNodes(ListNodesOptions.builder("tensors/saved").ops("Placeholder").build());
    assertEquals(
        List.of("Placeholder"),
        nodes.stream().map(NodeInfo::op).distinct().collect(Collectors.toList()));
    assertTrue(
        client.listNodes(ListNodesOptions.builder("tensors/saved").build()).size() > nodes.size());
  }

  @Test
  void tensorsAreListedByPrefixWithDigestsIfAskedFor(TfregClient client) {
    List<StoredTensor> all = client.listTensors("tensors/saved");
    StoredTensor first = all.get(0);
    assertEquals("", first.digest());
    List<StoredTensor> found =
        client.listTensors(
            ListTensorsOptions.builder("tensors/saved")
                .prefix(first.name())
                .withDigests(true)
                .build());
    assertEquals(first.name(), found.get(0).name());
    assertTrue(found.get(0).digest().startsWith("sha256:"));
  }

  @Test
  void aValueComesAsBufferAndAsPlainArray(TfregClient client) {
    StoredTensor stored = ofDtype(client, "tensors/saved", "float32");
    TensorValue value = client.readTensor("tensors/saved", stored.name());
    assertEquals(stored.shape(), value.shape());
    assertEquals(stored.sizeBytes(), value.bytes().remaining());
    assertEquals(ByteOrder.LITTLE_ENDIAN, value.bytes().order());
    assertTrue(value.bytes().isReadOnly());
    float[] floats = value.floats();
    assertEquals(floats[0], value.bytes().getFloat());
    TfregException failure = assertThrows(TfregException.class, value::longs);
    assertEquals("DTYPE_MISMATCH", failure.reason());
  }

  @Test
  void aBoxOfAValueIsRead(TfregClient client) {
    StoredTensor stored =
        client.listTensors("tensors/saved").stream()
            .filter(tensor -> tensor.shape().dims().size() == 2)
            .findFirst()
            .orElseThrow();
    float[] whole = client.readTensor("tensors/saved", stored.name()).floats();
    TensorValue row =
        client
            .readTensors(
                ReadTensorsOptions.builder("tensors/saved")
                    .tensor(TensorSelection.box(stored.name(), List.of(1L, 0L), List.of(1L, -1L)))
                    .build())
            .get(0);
    long columns = stored.shape().dims().get(1);
    assertEquals(Shape.of(List.of(1L, columns)), row.shape());
    assertArrayEquals(Arrays.copyOfRange(whole, (int) columns, (int) (2 * columns)), row.floats());
  }

  @Test
  void valuesOfEveryPlainTypeCanBeRead(TfregClient client) {
    for (StoredTensor stored : client.listTensors("tensors/types")) {
      TensorValue value = client.readTensor("tensors/types", stored.name());
      assertEquals(stored.dtype(), value.dtype());
      assertEquals(elements(stored.shape()), length(value), stored.toString());
    }
  }

  @Test
  void severalValuesComeInTheOrderAsked(TfregClient client) {
    List<String> names =
        client.listTensors("tensors/saved").stream()
            .map(StoredTensor::name)
            .sorted(java.util.Comparator.reverseOrder())
            .collect(Collectors.toList());
    ReadTensorsOptions.Builder options = ReadTensorsOptions.builder("tensors/saved");
    names.forEach(options::tensor);
    assertEquals(
        names,
        client.readTensors(options.build()).stream()
            .map(TensorValue::name)
            .collect(Collectors.toList()));
    assertEquals(
        List.of(), client.readTensors(ReadTensorsOptions.builder("tensors/saved").build()));
  }

  @Test
  void aValueBeyondTheLimitIsRefused(TfregClient client) {
    String name = client.listTensors("tensors/saved").get(0).name();
    TfregException failure =
        assertThrows(
            TfregException.class,
            () ->
                client.readTensors(
                    ReadTensorsOptions.builder("tensors/saved").tensor(name).maxBytes(2).build()));
    assertEquals("LIMIT_EXCEEDED", failure.reason());
  }

  @Test
  void aNameThatIsNotThereIsToldWithTheNearest(TfregClient client) {
    TfregException failure =
        assertThrows(
            TfregException.class, () -> client.readTensor("tensors/saved", "no_such_tensor"));
    assertEquals("TENSOR_NOT_FOUND", failure.reason());
  }

  private static int length(TensorValue value) {
    switch (value.dtype()) {
      case "float32":
      case "float16":
      case "bfloat16":
        return value.floats().length;
      case "float64":
        return value.doubles().length;
      case "int64":
      case "uint64":
        return value.longs().length;
      case "int32":
      case "uint32":
        return value.ints().length;
      case "int16":
      case "uint16":
        return value.shorts().length;
      case "bool":
        return value.booleans().length;
      case "string":
        return value.strings().size();
      case "complex64":
        return value.bytes().remaining() / 8;
      case "complex128":
        return value.bytes().remaining() / 16;
      default:
        return value.int8s().length;
    }
  }

  private static int elements(Shape shape) {
    return shape.dims().stream().mapToInt(Long::intValue).reduce(1, (some, more) -> some * more);
  }

  private static StoredTensor ofDtype(TfregClient client, String reference, String dtype) {
    return client.listTensors(reference).stream()
        .filter(tensor -> tensor.dtype().equals(dtype))
        .findFirst()
        .orElseThrow();
  }

  private static String model(String fixture) {
    return fixture.startsWith("tf1") ? "saved" : fixture.startsWith("keras") ? "keras" : "types";
  }
}
