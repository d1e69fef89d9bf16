/**
 * Reads and writes {@code tfreg.lock}, and writes a typed Java class for each signature that it
 * names. Begin with {@link dev.tfreg.codegen.LockFile} and {@link dev.tfreg.codegen.JavaStubs}.
 */
package dev.tfreg.codegen;
