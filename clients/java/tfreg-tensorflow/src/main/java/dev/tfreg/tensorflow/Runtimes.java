package dev.tfreg.tensorflow;

import dev.tfreg.client.RuntimeProfile;
import dev.tfreg.client.TfregClient;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.tensorflow.TensorFlow;

/** Tells registries what this runtime can load. */
final class Runtimes {
  /** The formats that are loaded here, best first. */
  static final List<String> FORMATS = List.of("saved_model", "frozen_graph", "tf1_checkpoint");

  private static final String NAME = "tensorflow-java";

  /** The runtime that each client has told its registry. */
  private static final Map<TfregClient, RuntimeProfile> REGISTERED = new WeakHashMap<>();

  private Runtimes() {}

  /**
   * Registers this runtime unless this client has done so. Libraries of ops that a program loads
   * make another runtime of it.
   *
   * @return the digest that names it
   */
  static String register(TfregClient client) {
    byte[] opList;
    RuntimeProfile profile;
    try {
      opList = TensorFlow.registeredOpList().toByteArray();
      profile = RuntimeProfile.of(NAME, TensorFlow.version(), FORMATS, opList);
    } catch (LinkageError failure) {
      throw Failures.nativeLibraryMissing(failure);
    }
    synchronized (REGISTERED) {
      if (profile.equals(REGISTERED.get(client))) {
        return profile.digest();
      }
    }
    String digest = client.registerRuntime(profile, opList);
    synchronized (REGISTERED) {
      REGISTERED.put(client, profile);
    }
    return digest;
  }
}
