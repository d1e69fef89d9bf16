package dev.tfreg.tensorflow;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Stored tensors in memory. TensorFlow itself reads them, as constants of a graph. */
final class StoredTensors implements AutoCloseable {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private Result result;

  private StoredTensors() {}

  /**
   * Makes tensors, to be closed by the caller.
   *
   * @param dtypes the dtypes wanted, by key; numbers of another one are cast
   */
  static StoredTensors of(Map<String, TensorProto> values, Map<String, DataType> dtypes) {
    StoredTensors made = new StoredTensors();
    if (values.isEmpty()) {
      return made;
    }
    GraphDef.Builder graphDef = GraphDef.newBuilder();
    Map<String, String> names = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> {
          String name = "value" + names.size();
          graphDef.addNode(constant(name, value));
          DataType wanted = dtypes.getOrDefault(key, value.getDtype());
          if (wanted != value.getDtype() && !isText(wanted) && !isText(value.getDtype())) {
            graphDef.addNode(cast(name + "cast", name, value.getDtype(), wanted));
            name += "cast";
          }
          names.put(key, name);
        });
    try (Graph graph = new Graph()) {
      graph.importGraphDef(graphDef.build());
      try (Session session = new Session(graph)) {
        Session.Runner runner = session.runner();
        names.values().forEach(runner::fetch);
        made.result = runner.run();
      }
    }
    int index = 0;
    for (String key : names.keySet()) {
      made.tensors.put(key, made.result.get(index++));
    }
    return made;
  }

  private static boolean isText(DataType dtype) {
    return dtype == DataType.DT_STRING;
  }

  private static NodeDef constant(String name, TensorProto value) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("dtype", type(value.getDtype()))
        .putAttr("value", AttrValue.newBuilder().setTensor(value).build())
        .build();
  }

  private static NodeDef cast(String name, String input, DataType from, DataType to) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Cast")
        .addInput(input)
        .putAttr("SrcT", type(from))
        .putAttr("DstT", type(to))
        .build();
  }

  private static AttrValue type(DataType dtype) {
    return AttrValue.newBuilder().setType(dtype).build();
  }

  /** By key. */
  Map<String, Tensor> byKey() {
    return tensors;
  }

  @Override
  public void close() {
    if (result != null) {
      result.close();
    }
  }
}
