package dev.tfreg.tensorflow;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.tensorflow.proto.TensorProto;

/**
 * The requests that TensorFlow Serving warms a SavedModel up with, in {@code
 * assets.extra/tf_serving_warmup_requests}: TFRecords (length, masked CRC-32C of the length, bytes,
 * masked CRC-32C of the bytes) of PredictionLog messages (tensorflow_serving/apis/
 * prediction_log.proto). Of these the signature's name and the inputs of PredictRequests are read,
 * * by the numbers of their fields.
 */
final class WarmUpRequests {
  private static final String PATH = "assets.extra/tf_serving_warmup_requests";
  private static final String DEFAULT_SIGNATURE = "serving_default";
  private static final int MAX_REQUESTS = 8;
  private static final int MAX_REQUEST_BYTES = 16 << 20;

  private static final int PREDICT_LOG = 6;
  private static final int REQUEST = 1;
  private static final int MODEL_SPEC = 1;
  private static final int INPUTS = 2;
  private static final int SIGNATURE_NAME = 3;
  private static final int KEY = 1;
  private static final int VALUE = 2;

  private WarmUpRequests() {}

  /** Returns the first requests of a model; none if it has no such file or it is damaged there. */
  static List<ExampleInputs> of(Path model) {
    List<ExampleInputs> found = new ArrayList<>();
    try (InputStream file = Files.newInputStream(model.resolve(PATH));
        DataInputStream records = new DataInputStream(new BufferedInputStream(file))) {
      for (int count = 0; count < MAX_REQUESTS; count++) {
        addRequest(record(records), found);
      }
    } catch (IOException noneOrNoMore) {
      return found;
    }
    return found;
  }

  private static byte[] record(DataInputStream records) throws IOException {
    byte[] head = checked(records, Long.BYTES);
    long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > MAX_REQUEST_BYTES) {
      throw new IOException("a record is too long");
    }
    return checked(records, (int) length);
  }

  /** Reads bytes, and the checksum that follows them. */
  private static byte[] checked(DataInputStream records, int sizeBytes) throws IOException {
    byte[] content = records.readNBytes(sizeBytes);
    if (content.length < sizeBytes) {
      throw new EOFException();
    }
    CRC32C crc = new CRC32C();
    crc.update(content);
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    if (Integer.reverseBytes(records.readInt()) != masked) {
      throw new IOException("a record is damaged");
    }
    return content;
  }

  private static void addRequest(byte[] record, List<ExampleInputs> found) throws IOException {
    for (ByteString log : field(ByteString.copyFrom(record), PREDICT_LOG)) {
      for (ByteString request : field(log, REQUEST)) {
        found.add(example(request));
      }
    }
  }

  private static ExampleInputs example(ByteString request) throws IOException {
    String signature = DEFAULT_SIGNATURE;
    for (ByteString spec : field(request, MODEL_SPEC)) {
      for (ByteString name : field(spec, SIGNATURE_NAME)) {
        signature = name.isEmpty() ? DEFAULT_SIGNATURE : name.toStringUtf8();
      }
    }
    Map<String, TensorProto> values = new HashMap<>();
    for (ByteString entry : field(request, INPUTS)) {
      TensorProto value = TensorProto.getDefaultInstance();
      for (ByteString stored : field(entry, VALUE)) {
        value = TensorProto.parseFrom(stored);
      }
      String key = "";
      for (ByteString stored : field(entry, KEY)) {
        key = stored.toStringUtf8();
      }
      values.put(key, value);
    }
    return new ExampleInputs(signature, values);
  }

  /** Returns what a message holds under a field of messages or texts. */
  private static List<ByteString> field(ByteString message, int number)
      throws InvalidProtocolBufferException {
    return UnknownFieldSet.parseFrom(message).getField(number).getLengthDelimitedList();
  }
}
