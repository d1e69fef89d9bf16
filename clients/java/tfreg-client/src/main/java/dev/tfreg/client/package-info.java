/**
 * Client of a tfreg registry: which names to feed and fetch, and the files of the model.
 *
 * <p>Start at {@link dev.tfreg.client.TfregClient}. All failures are {@link
 * dev.tfreg.client.TfregException}. Values are immutable, and clients may be used by any number of
 * threads.
 */
package dev.tfreg.client;
