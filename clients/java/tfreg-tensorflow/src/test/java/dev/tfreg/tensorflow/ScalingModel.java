package dev.tfreg.tensorflow;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** A SavedModel that multiplies {@code x} of the shape (?) by a number, written by the test. */
final class ScalingModel {
  private final float factor;
  private final int weights;
  private final String output;
  private final boolean fails;

  private ScalingModel(float factor, int weights, String output, boolean fails) {
    this.factor = factor;
    this.weights = weights;
    this.output = output;
    this.fails = fails;
  }

  static ScalingModel by(float factor) {
    return new ScalingModel(factor, 1, "y", false);
  }

  /** Of so many bytes in memory. */
  ScalingModel ofSizeBytes(int sizeBytes) {
    return new ScalingModel(factor, sizeBytes / Float.BYTES, output, fails);
  }

  /** Whose output has another key than {@code y}. */
  ScalingModel withOutput(String key) {
    return new ScalingModel(factor, weights, key, fails);
  }

  /** That can be loaded, and fails when it is run. */
  ScalingModel thatFails() {
    return new ScalingModel(factor, weights, output, true);
  }

  /** Writes it to a folder, which is made, and returns the folder. */
  Path write(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.write(folder.resolve("saved_model.pb"), savedModel().toByteArray());
      return folder;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private SavedModel savedModel() {
    MetaGraphDef.Builder metaGraph = MetaGraphDef.newBuilder().setGraphDef(graph());
    metaGraph.getMetaInfoDefBuilder().addTags("serve");
    metaGraph.putSignatureDef(
        "serving_default",
        SignatureDef.newBuilder()
            .setMethodName("tensorflow/serving/predict")
            .putInputs("x", tensor("x:0"))
            .putOutputs(output, tensor("result:0"))
            .build());
    return SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(metaGraph).build();
  }

  private static TensorInfo tensor(String name) {
    return TensorInfo.newBuilder()
        .setName(name)
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(vector(-1))
        .build();
  }

  private GraphDef.Builder graph() {
    ByteBuffer values = ByteBuffer.allocate(weights * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      values.putFloat(factor);
    }
    GraphDef.Builder graph = GraphDef.newBuilder();
    graph.getVersionsBuilder().setProducer(1882);
    graph.addNode(
        node("x", "Placeholder")
            .putAttr("dtype", type(DataType.DT_FLOAT))
            .putAttr("shape", AttrValue.newBuilder().setShape(vector(-1)).build()));
    graph.addNode(constant("weights", DataType.DT_FLOAT, vector(weights), values.array()));
    graph.addNode(
        constant("axis", DataType.DT_INT32, TensorShapeProto.getDefaultInstance(), new byte[4]));
    graph.addNode(
        node("factor", "Max")
            .addInput("weights")
            .addInput("axis")
            .putAttr("T", type(DataType.DT_FLOAT))
            .putAttr("Tidx", type(DataType.DT_INT32)));
    graph.addNode(
        node("scaled", "Mul")
            .addInput("x")
            .addInput("factor")
            .putAttr("T", type(DataType.DT_FLOAT)));
    graph.addNode(constant("sizes", DataType.DT_INT32, vector(1), fails ? FIVES : ANY));
    return graph.addNode(
        node("result", "Reshape")
            .addInput("scaled")
            .addInput("sizes")
            .putAttr("T", type(DataType.DT_FLOAT))
            .putAttr("Tshape", type(DataType.DT_INT32)));
  }

  /** Sizes of a reshape: whatever comes; 0x05050505 elements, which never come. */
  private static final byte[] ANY = {-1, -1, -1, -1};

  private static final byte[] FIVES = {5, 5, 5, 5};

  private static NodeDef.Builder constant(
      String name, DataType dtype, TensorShapeProto shape, byte[] content) {
    TensorProto.Builder value =
        TensorProto.newBuilder()
            .setDtype(dtype)
            .setTensorShape(shape)
            .setTensorContent(ByteString.copyFrom(content));
    return node(name, "Const")
        .putAttr("dtype", type(dtype))
        .putAttr("value", AttrValue.newBuilder().setTensor(value).build());
  }

  private static NodeDef.Builder node(String name, String op) {
    return NodeDef.newBuilder().setName(name).setOp(op);
  }

  private static AttrValue type(DataType dtype) {
    return AttrValue.newBuilder().setType(dtype).build();
  }

  private static TensorShapeProto vector(long size) {
    return TensorShapeProto.newBuilder()
        .addDim(TensorShapeProto.Dim.newBuilder().setSize(size))
        .build();
  }
}
