package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;

class ExampleInputsTest {
  private static final byte[] ONE_TWO = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40};

  @TempDir private Path folder;

  /** An array as numpy saves it. */
  private static byte[] npy(String header, byte[] content) {
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    array.writeBytes(new byte[] {(byte) (header.length() + 1), 0});
    array.writeBytes((header + "\n").getBytes(StandardCharsets.US_ASCII));
    array.writeBytes(content);
    return array.toByteArray();
  }

  /** The vector 1, 2 as numpy saves it. */
  static byte[] oneTwo() {
    return npy(header("<f4", "(2,)"), ONE_TWO);
  }

  private static String header(String descr, String shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }   ";
  }

  private Map<String, TensorProto> read(String name, byte[] content) throws IOException {
    return NumpyFiles.read(Files.write(folder.resolve(name), content));
  }

  @Test
  void requestsOfAModelAreReadInTheirOrder() {
    WarmUpFile.write(folder, "scale", new float[] {1, 2}, new float[] {3});
    List<ExampleInputs> requests = WarmUpRequests.of(folder);
    assertEquals(2, requests.size());
    assertEquals("scale", requests.get(0).signature());
    assertEquals(Map.of("x", WarmUpFile.vector(1, 2)), requests.get(0).values());
    assertEquals(Map.of("x", WarmUpFile.vector(3)), requests.get(1).values());
  }

  @Test
  void aRequestThatNamesNoSignatureIsOfTheDefaultOne() {
    WarmUpFile.write(folder, "", new float[] {1});
    assertEquals("serving_default", WarmUpRequests.of(folder).get(0).signature());
  }

  @Test
  void aModelWithoutRequestsHasNone() {
    assertEquals(List.of(), WarmUpRequests.of(folder));
  }

  @Test
  void afterADamagedRequestNoneIsRead() throws IOException {
    WarmUpFile.write(folder, "scale", new float[] {1, 2}, new float[] {3, 4});
    Path file = folder.resolve("assets.extra/tf_serving_warmup_requests");
    byte[] content = Files.readAllBytes(file);
    content[content.length - 8]++;
    Files.write(file, content);
    assertEquals(1, WarmUpRequests.of(folder).size());
  }

  @Test
  void aFileThatIsNoListOfRequestsHasNone() {
    assertEquals(List.of(), WarmUpRequests.of(Fixtures.path("tf1_assets_table")));
  }

  @Test
  void anArrayIsKnownByItsFilesName() throws IOException {
    TensorProto read = read("x.npy", oneTwo()).get("x");
    assertEquals(DataType.DT_FLOAT, read.getDtype());
    assertEquals(2, read.getTensorShape().getDim(0).getSize());
    try (StoredTensors tensors = StoredTensors.of(Map.of("x", read), Map.of())) {
      TFloat32 tensor = (TFloat32) tensors.byKey().get("x");
      assertArrayEquals(new float[] {1, 2}, new float[] {tensor.getFloat(0), tensor.getFloat(1)});
    }
  }

  @Test
  void numbersAreCastToWhatTheModelTakes() throws IOException {
    byte[] three = {0, 0, 0, 0, 0, 0, 8, 0x40};
    Map<String, TensorProto> read = read("x.npy", npy(header("<f8", "()"), three));
    try (StoredTensors tensors = StoredTensors.of(read, Map.of("x", DataType.DT_FLOAT))) {
      assertEquals(3, ((TFloat32) tensors.byKey().get("x")).getFloat());
    }
  }

  @Test
  void theArraysOfAnNpzAreKnownByTheirMembers() throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(content)) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(npy(header("<f4", "(1, 2)"), ONE_TWO));
      zip.putNextEntry(new ZipEntry("words.npy"));
      zip.write(npy(header("|S3", "(2,)"), "ab\0cde".getBytes(StandardCharsets.US_ASCII)));
    }
    Map<String, TensorProto> read = read("samples.npz", content.toByteArray());
    assertEquals(2, read.get("x").getTensorShape().getDimCount());
    assertEquals("ab", read.get("words").getStringVal(0).toStringUtf8());
    assertEquals("cde", read.get("words").getStringVal(1).toStringUtf8());
  }

  @Test
  void textsOfFourBytesALetterAreReadAsUtf8() throws IOException {
    byte[] letters = {'a', 0, 0, 0, (byte) 0xe9, 0, 0, 0, 0, 0, 0, 0};
    TensorProto read = read("x.npy", npy(header("<U3", "(1,)"), letters)).get("x");
    assertEquals("a\u00e9", read.getStringVal(0).toStringUtf8());
  }

  @ParameterizedTest
  @ValueSource(strings = {"|O", ">f4", "<M8"})
  void whatHasNoTensorIsRefused(String descr) {
    IOException failure =
        assertThrows(IOException.class, () -> read("x.npy", npy(header(descr, "(2,)"), ONE_TWO)));
    assertTrue(failure.getMessage().contains("no tensor is made"), failure.getMessage());
  }

  @Test
  void anArrayThatIsCutShortOrTooLargeIsRefused() {
    assertThrows(IOException.class, () -> read("x.npy", npy(header("<f4", "(3,)"), ONE_TWO)));
    assertThrows(
        IOException.class, () -> read("x.npy", npy(header("<f4", "(99999999999,)"), ONE_TWO)));
    assertThrows(IOException.class, () -> read("x.npy", new byte[] {1, 2, 3}));
  }
}
