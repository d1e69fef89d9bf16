/** Being built. */
package dev.tfreg.testing;
