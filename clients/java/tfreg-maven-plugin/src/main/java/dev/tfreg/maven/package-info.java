/** Being built. */
package dev.tfreg.maven;
