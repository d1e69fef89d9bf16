package dev.tfreg.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Sources that were compiled for Java 11 with every warning an error, and can be loaded. */
final class Compiled {
  private Compiled() {}

  /** Writes and compiles them in a folder, where the classes then lie too. */
  static URLClassLoader of(List<SourceFile> sources, Path folder) throws IOException {
    List<Path> files = sources.stream().map(source -> source.write(folder)).toList();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  said,
                  manager,
                  null,
                  List.of(
                      "--release",
                      "11",
                      "-proc:none",
                      "-encoding",
                      "US-ASCII",
                      "-Xlint:all,-classfile,-options",
                      "-Xdoclint:all,-missing",
                      "-Werror",
                      "-d",
                      folder.toString(),
                      "-cp",
                      System.getProperty("java.class.path")),
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      assertEquals("", said.toString());
      assertEquals(true, compiled);
    }
    return new URLClassLoader(new URL[] {folder.toUri().toURL()}, Compiled.class.getClassLoader());
  }
}
