#pragma once

namespace litewatch {

/// The deleter of a std::unique_ptr to a C library's object: Free<X509_free>.
template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

}  // namespace litewatch
