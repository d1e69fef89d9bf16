package dev.tfreg.codegen;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Names that differ, upper and lower case taken as the same: many file systems do. The same keys
 * get the same names whatever else happens.
 */
final class UniqueNames {
  private UniqueNames() {}

  /**
   * Returns a name for each key. A key that is its own name keeps it; others that meet a taken one
   * get a number.
   *
   * @param claims all that a name takes, itself included
   */
  static Map<String, String> of(
      List<String> keys, Function<String, String> name, Function<String, List<String>> claims) {
    Set<String> taken = new HashSet<>();
    Map<String, String> names = new LinkedHashMap<>();
    keys.stream()
        .filter(key -> name.apply(key).equals(key) && take(taken, claims.apply(key)))
        .forEach(key -> names.put(key, key));
    for (String key : keys) {
      names.computeIfAbsent(key, other -> free(name.apply(other), taken, claims));
    }
    return names;
  }

  private static String free(
      String wanted, Set<String> taken, Function<String, List<String>> claims) {
    String name = wanted;
    for (int number = 2; !take(taken, claims.apply(name)); number++) {
      name = wanted + number;
    }
    return name;
  }

  private static boolean take(Set<String> taken, List<String> names) {
    List<String> folded =
        names.stream().map(name -> name.toLowerCase(java.util.Locale.ROOT)).toList();
    return folded.stream().noneMatch(taken::contains) && taken.addAll(folded);
  }
}
