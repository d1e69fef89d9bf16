/** Being built. */
package dev.tfreg.codegen;
