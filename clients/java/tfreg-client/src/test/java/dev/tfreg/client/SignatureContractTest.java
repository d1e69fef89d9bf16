package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tfreg.v1.FeedUse;
import dev.tfreg.v1.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignatureContractTest {
  private static final SignatureContract WRITTEN_FOR =
      SignatureContract.builder("score", "sha256:old")
          .input("ids", "int32", "(?, 128)")
          .output("scores", "float32", "(?, 2)")
          .build();

  private final dev.tfreg.v1.Binding.Builder model =
      dev.tfreg.v1.Binding.newBuilder()
          .setModel("team/bert")
          .setVersion(8)
          .setSignatureFingerprint("sha256:new");

  @Test
  void theSameFingerprintIsTheSameInterface() {
    WRITTEN_FOR.check(BindingMessages.binding(model.setSignatureFingerprint("sha256:old").build()));
  }

  @Test
  void whatDoesNotBreakACallerPasses() {
    feed("ids", "int32", FeedUse.FEED_USE_REQUIRED, -1, -1);
    feed("mask", "int32", FeedUse.FEED_USE_OPTIONAL, -1);
    fetch("scores", "float32", 1, 2);
    fetch("further", "float32", 1);
    WRITTEN_FOR.check(binding());
  }

  @Test
  void whatBreaksACallerIsNamed() {
    feed("ids", "int64", FeedUse.FEED_USE_REQUIRED, -1, 128);
    feed("mask", "int32", FeedUse.FEED_USE_REQUIRED, -1);
    fetch("scores", "float32", -1, 3);
    TfregException failure = assertThrows(TfregException.class, () -> WRITTEN_FOR.check(binding()));
    assertEquals("INTERFACE_CHANGED", failure.reason());
    for (String change :
        List.of(
            "team/bert:8",
            "input 'ids' is int64, it was int32",
            "input 'mask' is new and must be fed",
            "output 'scores' has the shape (?, 3), it had (?, 2)")) {
      assertTrue(failure.getMessage().contains(change), failure.getMessage());
    }
    assertTrue(failure.getMessage().endsWith(failure.metadata().get("hint")));
  }

  @Test
  void whatIsGoneIsNamed() {
    TfregException failure = assertThrows(TfregException.class, () -> WRITTEN_FOR.check(binding()));
    assertTrue(failure.getMessage().contains("input 'ids' is gone"), failure.getMessage());
    assertTrue(failure.getMessage().contains("output 'scores' is gone"), failure.getMessage());
  }

  @Test
  void anInputMayTakeMoreAndAnOutputMayGiveLessButNotTheOtherWayRound() {
    feed("ids", "int32", FeedUse.FEED_USE_REQUIRED, 1, 128);
    fetch("scores", "float32", -1, -1);
    TfregException failure = assertThrows(TfregException.class, () -> WRITTEN_FOR.check(binding()));
    assertTrue(failure.metadata().get("changes").contains("input 'ids' has the shape (1, 128)"));
    assertTrue(failure.metadata().get("changes").contains("output 'scores' has the shape (?, ?)"));
  }

  @Test
  void anInputThatIsSparseNowIsNotTheOneTensorThatItWas() {
    model.addFeeds(
        dev.tfreg.v1.Feed.newBuilder()
            .setUse(FeedUse.FEED_USE_REQUIRED)
            .setTensor(tensor("ids", "int32", -1, 128).setEncoding("sparse")));
    fetch("scores", "float32", -1, 2);
    TfregException failure = assertThrows(TfregException.class, () -> WRITTEN_FOR.check(binding()));
    assertEquals("input 'ids' is sparse, it was one tensor", failure.metadata().get("changes"));
    SignatureContract.builder("score", "sha256:old")
        .input("ids", "int32", "(?, 128)", "sparse")
        .build()
        .check(binding());
  }

  @Test
  void shapesAreReadAsTheyAreWritten() {
    for (String text : List.of("()", "(3)", "(?)", "(?, 28, 28, 1)", "<unknown>")) {
      assertEquals(text, SignatureCheck.shape(text).toString());
    }
  }

  @Test
  void whatIsNoShapeIsRefused() {
    for (String text :
        List.of("(", ")", "3", "(a)", "(-1)", "(1,,2)", "(1, )", "(9999999999999999999)", "x")) {
      assertThrows(IllegalArgumentException.class, () -> SignatureCheck.shape(text), text);
    }
  }

  private Binding binding() {
    return BindingMessages.binding(model.build());
  }

  private void feed(String key, String dtype, FeedUse use, long... dims) {
    model.addFeeds(dev.tfreg.v1.Feed.newBuilder().setUse(use).setTensor(tensor(key, dtype, dims)));
  }

  private void fetch(String key, String dtype, long... dims) {
    model.addFetches(tensor(key, dtype, dims));
  }

  private static TensorSpec.Builder tensor(String key, String dtype, long... dims) {
    dev.tfreg.v1.Shape.Builder shape = dev.tfreg.v1.Shape.newBuilder();
    for (long dim : dims) {
      shape.addDims(dim);
    }
    return TensorSpec.newBuilder().setKey(key).setDtype(dtype).setShape(shape);
  }
}
