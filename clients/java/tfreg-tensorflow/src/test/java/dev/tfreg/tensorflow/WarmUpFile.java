package dev.tfreg.tensorflow;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Writes requests as TensorFlow Serving's users put them into a SavedModel. */
final class WarmUpFile {
  private WarmUpFile() {}

  /** Writes one request for each value of {@code x}, each a vector. */
  static void write(Path model, String signature, float[]... values) {
    try {
      ByteArrayOutputStream records = new ByteArrayOutputStream();
      for (float[] value : values) {
        records.writeBytes(record(log(signature, value)));
      }
      Path folder = Files.createDirectories(model.resolve("assets.extra"));
      Files.write(folder.resolve("tf_serving_warmup_requests"), records.toByteArray());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static TensorProto vector(float... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    for (float value : values) {
      tensor.addFloatVal(value);
    }
    TensorShapeProto.Dim size = TensorShapeProto.Dim.newBuilder().setSize(values.length).build();
    return tensor.setTensorShape(TensorShapeProto.newBuilder().addDim(size)).build();
  }

  private static ByteString log(String signature, float[] value) {
    ByteString spec = message(3, ByteString.copyFromUtf8(signature));
    ByteString entry = message(1, ByteString.copyFromUtf8("x"));
    entry = entry.concat(message(2, vector(value).toByteString()));
    return message(6, message(1, message(1, spec).concat(message(2, entry))));
  }

  private static ByteString message(int field, ByteString content) {
    return UnknownFieldSet.newBuilder()
        .addField(field, UnknownFieldSet.Field.newBuilder().addLengthDelimited(content).build())
        .build()
        .toByteString();
  }

  private static byte[] record(ByteString content) {
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    record.writeBytes(checked(length.putLong(content.size()).array()));
    record.writeBytes(checked(content.toByteArray()));
    return record.toByteArray();
  }

  private static byte[] checked(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    int value = (int) crc.getValue();
    int masked = ((value >>> 15) | (value << 17)) + 0xa282ead8;
    return ByteBuffer.allocate(content.length + Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(content)
        .putInt(masked)
        .array();
  }
}
