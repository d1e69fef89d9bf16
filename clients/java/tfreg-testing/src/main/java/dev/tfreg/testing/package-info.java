/** A real registry for tests: see {@link dev.tfreg.testing.TfregRegistry}. */
package dev.tfreg.testing;
