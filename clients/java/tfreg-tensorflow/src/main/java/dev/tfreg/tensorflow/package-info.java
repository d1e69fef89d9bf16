/**
 * Models of a tfreg registry in TensorFlow Java: loaded in the form that this runtime can run, fed
 * and fetched by the signature's own keys, exchanged while they run. Begin with {@link
 * dev.tfreg.tensorflow.TfregModels}.
 */
package dev.tfreg.tensorflow;
