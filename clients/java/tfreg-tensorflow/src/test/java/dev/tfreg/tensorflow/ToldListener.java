package dev.tfreg.tensorflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tfreg.client.TfregException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Writes down what it is told. */
final class ToldListener implements FollowListener {
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @Override
  public void swapped(LoadedModel before, LoadedModel after) {
    told.add("swapped " + before.version() + " " + after.version());
  }

  @Override
  public void refused(LoadedModel current, long refusedVersion, TfregException reason) {
    told.add("refused " + refusedVersion + " " + reason.reason());
  }

  @Override
  public void disconnected(TfregException reason) {
    told.add("disconnected");
  }

  @Override
  public void connected() {
    told.add("connected");
  }

  /** Waits for the next thing told, which must be this. */
  void expect(String expected) throws InterruptedException {
    String next = told.poll(60, TimeUnit.SECONDS);
    assertNotNull(next, "waited for: " + expected);
    assertEquals(expected, next);
  }
}
