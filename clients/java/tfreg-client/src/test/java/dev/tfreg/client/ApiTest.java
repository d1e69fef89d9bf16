package dev.tfreg.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What callers can see. */
class ApiTest {
  private static final Pattern FOREIGN =
      Pattern.compile("\\b(com\\.google|io\\.grpc|dev\\.tfreg\\.v1|io\\.netty)\\.");

  @Test
  void noTypeOfProtobufOrGrpcIsVisible() throws Exception {
    List<String> foreign = new ArrayList<>();
    for (Class<?> type : visible()) {
      Stream.of(type.getDeclaredMethods(), type.getDeclaredConstructors(), type.getDeclaredFields())
          .flatMap(Arrays::stream)
          .filter(member -> isVisible(((Member) member).getModifiers()))
          .filter(member -> types(member).anyMatch(each -> FOREIGN.matcher(each).find()))
          .forEach(member -> foreign.add(member.toString()));
    }
    assertEquals(List.of(), foreign);
  }

  @Test
  void oneExceptionIsThrownAndNoneIsChecked() throws Exception {
    List<String> exceptions = new ArrayList<>();
    List<String> checked = new ArrayList<>();
    for (Class<?> type : visible()) {
      if (Throwable.class.isAssignableFrom(type)) {
        exceptions.add(type.getSimpleName());
      }
      for (Method method : type.getDeclaredMethods()) {
        if (isVisible(method.getModifiers()) && method.getExceptionTypes().length > 0) {
          checked.add(method.toString());
        }
      }
    }
    assertEquals(List.of("TfregException"), exceptions);
    assertEquals(List.of(), checked);
  }

  private static Stream<String> types(Object member) {
    if (member instanceof Field) {
      return Stream.of(((Field) member).getGenericType().getTypeName());
    }
    Stream<Type> parameters = Arrays.stream(((Executable) member).getGenericParameterTypes());
    Stream<Type> returned =
        member instanceof Constructor
            ? Stream.of()
            : Stream.of(((Method) member).getGenericReturnType());
    return Stream.concat(parameters, returned).map(Type::getTypeName);
  }

  private static List<Class<?>> visible() throws IOException, URISyntaxException {
    Path root =
        Path.of(TfregClient.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.list(root.resolve("dev/tfreg/client"))) {
      for (String name :
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
              .sorted()
              .collect(Collectors.toList())) {
        classes.add(load("dev.tfreg.client." + name.substring(0, name.length() - 6)));
      }
    }
    classes.removeIf(type -> !isVisible(type));
    assertTrue(classes.size() > 50, classes.toString());
    return classes;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, ApiTest.class.getClassLoader());
    } catch (ClassNotFoundException missing) {
      throw new AssertionError(missing);
    }
  }

  private static boolean isVisible(Class<?> type) {
    Class<?> outer = type.getDeclaringClass();
    return isVisible(type.getModifiers()) && (outer == null || isVisible(outer));
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }
}
