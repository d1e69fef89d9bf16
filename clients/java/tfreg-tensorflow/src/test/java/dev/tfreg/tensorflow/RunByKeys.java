package dev.tfreg.tensorflow;

import com.google.protobuf.ByteString;
import dev.tfreg.client.TfregClient;
import dev.tfreg.client.TfregException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TString;

/**
 * Loads models of a registry and runs them by the keys of their signatures, as a list of lines says
 * whose words are divided by tabs: {@code model NAME REFERENCE CONVERT SIGNATURE}, {@code feed KEY
 * DTYPE SHAPE FILE}, {@code fetch KEY FILE}, {@code run}. Prints {@code ok NAME FORMAT CONVERTED}
 * or {@code failed NAME REASON MESSAGE}.
 */
final class RunByKeys {
  private final TfregClient client;
  private String[] model;
  private final Map<String, TensorProto> feeds = new HashMap<>();
  private final Map<String, Path> fetches = new LinkedHashMap<>();

  private RunByKeys(TfregClient client) {
    this.client = client;
  }

  /** Arguments: address, cache folder, file of lines. */
  public static void main(String[] arguments) throws IOException {
    Path cache = Path.of(arguments[1]);
    Duration deadline = Duration.ofMinutes(10); // a model is converted while it is waited for
    try (TfregClient client =
        TfregClient.builder(arguments[0]).cacheDir(cache).deadline(deadline).build()) {
      RunByKeys runs = new RunByKeys(client);
      for (String line : Files.readAllLines(Path.of(arguments[2]))) {
        runs.take(line.split("\t", -1));
      }
    }
  }

  private void take(String[] words) throws IOException {
    switch (words[0]) {
      case "model":
        model = words;
        feeds.clear();
        fetches.clear();
        break;
      case "feed":
        feeds.put(words[1], value(words));
        break;
      case "fetch":
        fetches.put(words[1], Path.of(words[2]));
        break;
      default:
        run();
    }
  }

  private void run() throws IOException {
    LoadOptions options =
        LoadOptions.builder(model[2]).convert(Boolean.parseBoolean(model[3])).build();
    try (BoundModel loaded = TfregModels.load(client, options);
        StoredTensors inputs = StoredTensors.of(feeds, Map.of());
        Outputs outputs = signature(loaded).run(inputs.byKey(), fetches.keySet())) {
      for (Map.Entry<String, Path> fetch : fetches.entrySet()) {
        Files.write(fetch.getValue(), bytes(outputs.tensor(fetch.getKey())));
      }
      LoadedModel told = loaded.loaded();
      print("ok", model[1], told.format(), Boolean.toString(told.converted()));
    } catch (TfregException failure) {
      print("failed", model[1], failure.reason(), failure.getMessage().replaceAll("\\s+", " "));
    }
  }

  /** The signature named; none: that of a graph whose names were read off it. */
  private SignatureRunner signature(BoundModel loaded) {
    return model[4].isEmpty() ? loaded.signature() : loaded.signature(model[4]);
  }

  private static void print(String... words) {
    System.out.println(String.join("\t", words));
  }

  private static TensorProto value(String[] words) throws IOException {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    Stream.of(words[3].split(",", -1))
        .filter(size -> !size.isEmpty())
        .forEach(size -> shape.addDimBuilder().setSize(Long.parseLong(size)));
    ElementType type = ElementType.valueOf(words[2].toUpperCase(java.util.Locale.ROOT));
    TensorProto.Builder value =
        TensorProto.newBuilder().setDtype(type.dataType()).setTensorShape(shape);
    byte[] content = Files.readAllBytes(Path.of(words[4]));
    if (type != ElementType.STRING) {
      return value.setTensorContent(ByteString.copyFrom(content)).build();
    }
    ByteBuffer texts = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    while (texts.hasRemaining()) {
      byte[] text = new byte[texts.getInt()];
      texts.get(text);
      value.addStringVal(ByteString.copyFrom(text));
    }
    return value.build();
  }

  /** Numbers as they lie in memory; texts each behind its length in four bytes. */
  private static byte[] bytes(Tensor tensor) {
    if (tensor instanceof TString) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      ((TString) tensor)
          .asBytes()
          .scalars()
          .forEach(
              element -> {
                byte[] text = element.getObject();
                ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
                all.writeBytes(length.order(ByteOrder.LITTLE_ENDIAN).putInt(text.length).array());
                all.writeBytes(text);
              });
      return all.toByteArray();
    }
    ByteDataBuffer data = tensor.asRawTensor().data();
    byte[] content = new byte[(int) data.size()];
    data.read(content);
    return content;
  }
}
