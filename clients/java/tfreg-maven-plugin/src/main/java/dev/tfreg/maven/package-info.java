/** The Maven plugin: {@code tfreg:lock} asks a registry, {@code tfreg:generate} builds without. */
package dev.tfreg.maven;
