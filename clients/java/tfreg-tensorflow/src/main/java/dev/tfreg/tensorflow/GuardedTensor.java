package dev.tfreg.tensorflow;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.LinkedHashSet;
import java.util.Set;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArraySequence;

/**
 * A tensor, or a part of one, that asks whether it is still there before it is touched. TensorFlow
 * Java's own read what happens to lie in freed memory.
 */
final class GuardedTensor implements InvocationHandler {
  private final Object target;
  private final Runnable isOpen;

  private GuardedTensor(Object target, Runnable isOpen) {
    this.target = target;
    this.isOpen = isOpen;
  }

  /**
   * Returns a tensor guarded.
   *
   * @param isOpen throws if the tensor is freed
   */
  static Tensor of(Tensor tensor, Runnable isOpen) {
    return (Tensor) guard(tensor, isOpen);
  }

  private static Object guard(Object target, Runnable isOpen) {
    return Proxy.newProxyInstance(
        Tensor.class.getClassLoader(),
        interfaces(target.getClass()),
        new GuardedTensor(target, isOpen));
  }

  private static Class<?>[] interfaces(Class<?> type) {
    return INTERFACES.get(type);
  }

  private static final ClassValue<Class<?>[]> INTERFACES =
      new ClassValue<>() {
        @Override
        protected Class<?>[] computeValue(Class<?> type) {
          Set<Class<?>> found = new LinkedHashSet<>();
          for (Class<?> one = type; one != null; one = one.getSuperclass()) {
            addPublic(one, found);
          }
          return found.toArray(new Class<?>[0]);
        }
      };

  /** Adds the interfaces of a type; of those that are not public, such as texts have, theirs. */
  private static void addPublic(Class<?> type, Set<Class<?>> found) {
    for (Class<?> each : type.getInterfaces()) {
      if (Modifier.isPublic(each.getModifiers())) {
        found.add(each);
      } else {
        addPublic(each, found);
      }
    }
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    String name = method.getName();
    if (name.equals("equals") && arguments.length == 1) {
      return proxy == arguments[0] || isEqual(arguments[0]);
    }
    if (name.equals("close") && method.getParameterCount() == 0) {
      return null; // other keys may stand for it too: it is the outputs that are closed
    }
    isOpen.run();
    try {
      return guarded(proxy, method.invoke(target, arguments));
    } catch (InvocationTargetException failure) {
      throw failure.getCause();
    }
  }

  private boolean isEqual(Object other) {
    isOpen.run();
    return target.equals(unguarded(other));
  }

  private static Object unguarded(Object other) {
    if (other != null && Proxy.isProxyClass(other.getClass())) {
      InvocationHandler handler = Proxy.getInvocationHandler(other);
      return handler instanceof GuardedTensor ? ((GuardedTensor) handler).target : other;
    }
    return other;
  }

  private Object guarded(Object proxy, Object result) {
    if (result == target) {
      return proxy;
    }
    return result instanceof NdArray || result instanceof NdArraySequence
        ? guard(result, isOpen)
        : result;
  }
}
