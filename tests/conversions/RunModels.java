import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * Runs models in TensorFlow Java as a list of lines says, and writes their outputs: the words of a line are divided by tabs, {@code
 * model NAME KIND PATH TAGS}, then {@code target OP}, {@code feed TENSOR DTYPE SHAPE FILE}, {@code fetch TENSOR FILE}, then {@code
 * run}. Prints {@code ok NAME} or {@code failed NAME MESSAGE}.
 */
public final class RunModels {
  private String[] model;
  private final List<String[]> lines = new ArrayList<>();

  public static void main(String[] arguments) throws IOException {
    RunModels runs = new RunModels();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      runs.take(line.split("\t", -1));
    }
  }

  private void take(String[] words) {
    if (words[0].equals("model")) {
      model = words;
      lines.clear();
    } else if (!words[0].equals("run")) {
      lines.add(words);
    } else {
      try {
        run();
        System.out.println("ok\t" + model[1]);
      } catch (Exception | LinkageError failure) {
        System.out.println("failed\t" + model[1] + "\t" + String.valueOf(failure).replaceAll("\\s+", " "));
      }
    }
  }

  private void run() throws IOException {
    if (model[2].equals("saved_model")) {
      try (SavedModelBundle bundle = SavedModelBundle.load(model[3], model[4].split(","))) {
        run(bundle.session());
      }
      return;
    }
    try (Graph graph = new Graph()) {
      graph.importGraphDef(GraphDef.parseFrom(Files.readAllBytes(Path.of(model[3]))));
      try (Session session = new Session(graph)) {
        for (String[] line : lines) {
          if (line[0].equals("target")) {
            session.runner().addTarget(line[1]).run().close();
          }
        }
        run(session);
      }
    }
  }

  private void run(Session session) throws IOException {
    List<Tensor> fed = new ArrayList<>();
    List<String[]> fetches = new ArrayList<>();
    Session.Runner runner = session.runner();
    for (String[] line : lines) {
      if (line[0].equals("feed")) {
        Tensor tensor = read(line[2], shape(line[3]), Path.of(line[4]));
        fed.add(tensor);
        runner.feed(line[1], tensor);
      } else if (line[0].equals("fetch")) {
        fetches.add(line);
        runner.fetch(line[1]);
      }
    }
    try (Result result = runner.run()) {
      for (int index = 0; index < fetches.size(); index++) {
        write(result.get(index), Path.of(fetches.get(index)[2]));
      }
    }
    fed.forEach(Tensor::close);
  }

  private static Shape shape(String text) {
    if (text.isEmpty()) {
      return Shape.scalar();
    }
    String[] sizes = text.split(",");
    long[] dimensions = new long[sizes.length];
    for (int index = 0; index < sizes.length; index++) {
      dimensions[index] = Long.parseLong(sizes[index]);
    }
    return Shape.of(dimensions);
  }

  private static Tensor read(String dtype, Shape shape, Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    return dtype.equals("string") ? texts(shape, content) : Tensor.of(type(dtype), shape, buffer(content));
  }

  private static ByteDataBuffer buffer(byte[] content) {
    return DataBuffers.of(content, true, false);
  }

  private static Class<? extends TType> type(String dtype) {
    switch (dtype) {
      case "float32":
        return TFloat32.class;
      case "float64":
        return TFloat64.class;
      case "float16":
        return TFloat16.class;
      case "bfloat16":
        return TBfloat16.class;
      case "int32":
        return TInt32.class;
      case "int64":
        return TInt64.class;
      case "uint8":
        return TUint8.class;
      case "bool":
        return TBool.class;
      default:
        throw new IllegalArgumentException("no inputs of type " + dtype);
    }
  }

  /** Texts lie one behind the other, each behind its length in four bytes, little-endian. */
  private static Tensor texts(Shape shape, byte[] content) {
    ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    NdArray<byte[]> array = NdArrays.ofObjects(byte[].class, shape);
    array
        .scalars()
        .forEach(
            element -> {
              byte[] text = new byte[buffer.getInt()];
              buffer.get(text);
              element.setObject(text);
            });
    return TString.tensorOfBytes(array);
  }

  private static void write(Tensor tensor, Path file) throws IOException {
    if (tensor instanceof TString) {
      java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
      ((TString) tensor)
          .asBytes()
          .scalars()
          .forEach(
              element -> {
                byte[] text = element.getObject();
                out.writeBytes(
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(text.length).array());
                out.writeBytes(text);
              });
      Files.write(file, out.toByteArray());
      return;
    }
    ByteDataBuffer data = tensor.asRawTensor().data();
    byte[] content = new byte[(int) data.size()];
    data.read(content);
    Files.write(file, content);
  }
}
