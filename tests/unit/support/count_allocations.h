#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

// Counts every operator new of the program: include it in exactly one file of a program, and never
// with sanitizers, which bring an operator new of their own.

namespace litewatch {

inline std::atomic<std::size_t> allocations = 0;

}  // namespace litewatch

[[gnu::noinline]] void* operator new(std::size_t size) {
  litewatch::allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
