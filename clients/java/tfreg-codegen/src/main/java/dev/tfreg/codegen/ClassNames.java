package dev.tfreg.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The names of all classes of a lock file: the model's last part and the signature, {@code
 * BertServingDefault}. Models that would share it take the whole path, those of one model also the
 * alias or version, and what is left gets numbers.
 */
final class ClassNames {
  /** Names of java.lang that two words can make; hiding them would confuse. */
  private static final List<String> JAVA_LANG =
      List.of(
          "AutoCloseable",
          "CharSequence",
          "ClassLoader",
          "ClassValue",
          "ModuleLayer",
          "ProcessBuilder",
          "ProcessHandle",
          "StackWalker",
          "StringBuffer",
          "StringBuilder",
          "ThreadGroup",
          "ThreadLocal");

  private final Map<String, String> names;

  private ClassNames(Map<String, String> names) {
    this.names = names;
  }

  static ClassNames of(LockFile lock) {
    Map<String, String> prefixes = prefixes(lock);
    Map<String, String> wanted = new HashMap<>();
    List<String> keys = new ArrayList<>(JAVA_LANG);
    for (LockedModel model : lock.models()) {
      for (LockedSignature signature : model.sorted().signatures()) {
        String key = key(model, signature);
        keys.add(key);
        String prefix = prefixes.get(model.reference());
        wanted.put(key, Identifiers.type(prefix, signature.key(), "Signature"));
      }
    }
    return new ClassNames(UniqueNames.of(keys, key -> wanted.getOrDefault(key, key), List::of));
  }

  String of(LockedModel model, LockedSignature signature) {
    return names.get(key(model, signature));
  }

  private static Map<String, String> prefixes(LockFile lock) {
    Map<String, String> chosen = new HashMap<>();
    for (LockedModel model : lock.models()) {
      List<String> candidates = candidates(model);
      chosen.put(
          model.reference(),
          Stream.iterate(0, level -> level + 1)
              .limit(candidates.size())
              .filter(level -> sole(lock, level, candidates.get(level)))
              .findFirst()
              .map(candidates::get)
              .orElse(candidates.get(candidates.size() - 1)));
    }
    return chosen;
  }

  private static boolean sole(LockFile lock, int level, String name) {
    return lock.models().stream()
            .filter(model -> candidates(model).get(level).equalsIgnoreCase(name))
            .count()
        == 1;
  }

  private static List<String> candidates(LockedModel model) {
    String[] path = model.model().split("/", -1);
    String pointer = model.reference().replace(model.model(), "").toLowerCase(Locale.ROOT);
    return List.of(
        Identifiers.type(path[path.length - 1]),
        Identifiers.type(path),
        Identifiers.type(Identifiers.type(path), pointer, "Newest"));
  }

  private static String key(LockedModel model, LockedSignature signature) {
    return model.reference() + " " + signature.key();
  }
}
