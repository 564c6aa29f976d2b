#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace litewatch {

/// Hands out shared objects and takes each back, together with its reference count's memory, when
/// its last reference is dropped. A steady state allocates nothing. T is default-constructible.
///
/// take() may be called from any thread, and so may the last reference be dropped; objects may
/// outlive their Recycler. (A look at use_count() would be simpler, but it orders nothing: the new
/// owner could write while the last reader's loads are still under way.)
template <class T>
class Recycler {
 public:
  /// Keeps up to `keep` idle objects. `retire` is called on each object that comes back, by the
  /// thread that dropped it: release there what an idle object shall not hold.
  Recycler(std::size_t keep, void (*retire)(T&)) : pool_(std::make_shared<Pool>(keep, retire)) {}

  /// An idle object as its last user left it and `retire` changed it, or a new one.
  std::shared_ptr<T> take() {
    std::unique_ptr<T> object = pool_->take_object();
    if (!object) object = std::make_unique<T>();
    return std::shared_ptr<T>(object.release(), Return{pool_}, Allocator<T>{pool_});
  }

 private:
  /// Blocks hold the reference counts. All have one size, because shared_ptr asks for one type.
  class Pool {
   public:
    Pool(std::size_t keep, void (*retire)(T&)) : keep_(keep), retire_(retire) {
      objects_.reserve(keep);
      blocks_.reserve(keep);
    }
    ~Pool() {
      for (void* block : blocks_) ::operator delete(block);
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    std::unique_ptr<T> take_object() EXCLUDES(mutex_) {
      MutexLock lock(mutex_);
      return take_last(objects_);
    }

    void return_object(std::unique_ptr<T> object) EXCLUDES(mutex_) {
      retire_(*object);
      MutexLock lock(mutex_);
      if (objects_.size() < keep_) objects_.push_back(std::move(object));
    }

    void* take_block(std::size_t size) EXCLUDES(mutex_) {
      {
        MutexLock lock(mutex_);
        if (void* block = take_last(blocks_)) return block;
      }
      return ::operator new(size);
    }

    void return_block(void* block) EXCLUDES(mutex_) {
      {
        MutexLock lock(mutex_);
        if (blocks_.size() < keep_) return blocks_.push_back(block);
      }
      ::operator delete(block);
    }

   private:
    template <class Item>
    static Item take_last(std::vector<Item>& items) {
      if (items.empty()) return Item();
      Item last = std::move(items.back());
      items.pop_back();
      return last;
    }

    const std::size_t keep_;
    void (*const retire_)(T&);
    Mutex mutex_;
    std::vector<std::unique_ptr<T>> objects_ GUARDED_BY(mutex_);
    std::vector<void*> blocks_ GUARDED_BY(mutex_);
  };

  struct Return {
    std::shared_ptr<Pool> pool;
    void operator()(T* object) const { pool->return_object(std::unique_ptr<T>(object)); }
  };

  template <class U>
  struct Allocator {
    using value_type = U;

    explicit Allocator(std::shared_ptr<Pool> from) : pool(std::move(from)) {}
    template <class V>
    Allocator(const Allocator<V>& other) : pool(other.pool) {}  // NOLINT: allocators convert

    U* allocate(std::size_t) { return static_cast<U*>(pool->take_block(sizeof(U))); }
    void deallocate(U* block, std::size_t) { pool->return_block(block); }
    template <class V>
    bool operator==(const Allocator<V>& other) const {
      return pool == other.pool;
    }

    std::shared_ptr<Pool> pool;
  };

  std::shared_ptr<Pool> pool_;
};

}  // namespace litewatch
