package dev.tfreg.tensorflow;

import com.google.protobuf.ByteString;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Arrays that numpy saved: a .npy by its file's name, a .npz by its members' (numpy's format 1 to
 * 3). Pickled objects are not read.
 */
final class NumpyFiles {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER_BYTES = 64 << 10;
  private static final int MAX_ARRAY_BYTES = 256 << 20;
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{\\s*'descr':\\s*'(?<order>[<>|=])(?<type>[a-zA-Z])(?<size>\\d{1,6})',"
              + "\\s*'fortran_order':\\s*(?<fortran>True|False),"
              + "\\s*'shape':\\s*\\((?<shape>[\\d,\\s]*)\\),?\\s*\\}\\s*");
  private static final Map<String, DataType> TYPES =
      Map.ofEntries(
          Map.entry("f2", DataType.DT_HALF),
          Map.entry("f4", DataType.DT_FLOAT),
          Map.entry("f8", DataType.DT_DOUBLE),
          Map.entry("i1", DataType.DT_INT8),
          Map.entry("i2", DataType.DT_INT16),
          Map.entry("i4", DataType.DT_INT32),
          Map.entry("i8", DataType.DT_INT64),
          Map.entry("u1", DataType.DT_UINT8),
          Map.entry("u2", DataType.DT_UINT16),
          Map.entry("u4", DataType.DT_UINT32),
          Map.entry("u8", DataType.DT_UINT64),
          Map.entry("b1", DataType.DT_BOOL),
          Map.entry("c8", DataType.DT_COMPLEX64),
          Map.entry("c16", DataType.DT_COMPLEX128));
  private static final Charset UTF_32 = Charset.forName("UTF-32LE");

  private NumpyFiles() {}

  /**
   * Reads a file.
   *
   * @throws IOException it is none, is damaged, or holds what has no tensor
   */
  static Map<String, TensorProto> read(Path file) throws IOException {
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file))) {
      String name = file.getFileName().toString();
      return name.endsWith(".npz")
          ? members(new ZipInputStream(stream))
          : Map.of(key(name), array(stream));
    }
  }

  private static Map<String, TensorProto> members(ZipInputStream zip) throws IOException {
    Map<String, TensorProto> found = new HashMap<>();
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      found.put(key(entry.getName()), array(zip));
    }
    return found;
  }

  private static String key(String name) {
    return name.endsWith(".npy") ? name.substring(0, name.length() - 4) : name;
  }

  private static TensorProto array(InputStream stream) throws IOException {
    byte[] start = exactly(stream, 8);
    if (!ByteBuffer.wrap(start, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
      throw new IOException("it is no array of numpy");
    }
    ByteBuffer length =
        ByteBuffer.wrap(exactly(stream, start[6] == 1 ? 2 : 4)).order(ByteOrder.LITTLE_ENDIAN);
    long headerBytes = start[6] == 1 ? Short.toUnsignedInt(length.getShort()) : length.getInt();
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw new IOException("its header is too long");
    }
    String header = new String(exactly(stream, (int) headerBytes), StandardCharsets.UTF_8);
    Matcher match = HEADER.matcher(header);
    if (!match.matches() || match.group("order").equals(">")) {
      throw new IOException("it holds " + header.strip() + ", of which no tensor is made");
    }
    return tensor(match, stream);
  }

  private static TensorProto tensor(Matcher header, InputStream stream) throws IOException {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    long elements = 1;
    for (String size : header.group("shape").split(",", -1)) {
      if (!size.isBlank()) {
        long dim = Long.parseLong(size.strip());
        shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
        elements = Math.multiplyExact(elements, dim);
      }
    }
    if (header.group("fortran").equals("True") && shape.getDimCount() > 1) {
      throw new IOException("it is in Fortran's order; save it by np.ascontiguousarray");
    }
    return filled(TensorProto.newBuilder().setTensorShape(shape), header, elements, stream);
  }

  private static TensorProto filled(
      TensorProto.Builder tensor, Matcher header, long elements, InputStream stream)
      throws IOException {
    String type = header.group("type");
    boolean isText = type.equals("S") || type.equals("U");
    DataType dtype = isText ? DataType.DT_STRING : TYPES.get(type + header.group("size"));
    if (dtype == null) {
      throw new IOException(
          "it holds " + type + header.group("size") + ", of which no tensor is made");
    }
    int size = Integer.parseInt(header.group("size")) * (type.equals("U") ? 4 : 1);
    if (elements > MAX_ARRAY_BYTES || elements * size > MAX_ARRAY_BYTES) {
      throw new IOException("an array is larger than " + MAX_ARRAY_BYTES + " bytes");
    }
    byte[] content = exactly(stream, (int) (elements * size));
    tensor.setDtype(dtype);
    if (isText) {
      for (int at = 0; at < elements; at++) {
        tensor.addStringVal(text(content, at * size, size, type));
      }
      return tensor.build();
    }
    return tensor.setTensorContent(ByteString.copyFrom(content)).build();
  }

  /** Returns a text of fixed size without the zeros that fill it up. */
  private static ByteString text(byte[] content, int from, int size, String type) {
    int end = from + size;
    while (end > from && content[end - 1] == 0) {
      end--;
    }
    if (type.equals("S")) {
      return ByteString.copyFrom(content, from, end - from);
    }
    int whole = (end - from + 3) / 4 * 4;
    return ByteString.copyFromUtf8(new String(content, from, whole, UTF_32));
  }

  private static byte[] exactly(InputStream stream, int sizeBytes) throws IOException {
    byte[] content = stream.readNBytes(sizeBytes);
    if (content.length < sizeBytes) {
      throw new EOFException("it is cut short");
    }
    return content;
  }
}
