#include "publish/page.h"

#include <array>
#include <cmath>

#include "base/mutex.h"
#include "publish/families.h"
#include "publish/gzip.h"
#include "publish/recycler.h"
#include "publish/renderer.h"

namespace litewatch {
namespace {

/// The page in the making, the last one, and one that a slow client still reads.
constexpr std::size_t kIdlePages = 3;

using Fragments = std::span<const std::shared_ptr<const Fragment>>;

/// What all pages of a factory share. Outlives the factory as long as there are pages.
class Workshop {
 public:
  const FamilyHeads heads;

  std::size_t compress_bound(std::size_t size) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return gzip_.bound(size);
  }
  std::size_t compress(std::string_view text, std::span<char> into) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return gzip_.compress(text, into);
  }

 private:
  Mutex mutex_;
  Gzip gzip_ GUARDED_BY(mutex_);
};

/// Bytes that are filled once per page and whose memory is kept for the next one.
class Buffer {
 public:
  /// Room for `size` bytes; what was there is lost.
  std::span<char> room(std::size_t size) {
    if (size > capacity_) {
      data_.reset();
      data_ = std::make_unique_for_overwrite<char[]>(size);
      capacity_ = size;
    }
    return {data_.get(), capacity_};
  }
  void fill(std::size_t size) {
    size_ = size;
    filled_ = true;
  }
  void empty() { filled_ = false; }
  bool filled() const { return filled_; }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  bool filled_ = false;
};

std::size_t count_present(Fragments fragments) {
  std::size_t present = 0;
  for (const auto& fragment : fragments) {
    if (!fragment) continue;
    for (const double value : fragment->values) present += std::isnan(value) ? 0 : 1;
  }
  return present;
}

class RecycledPage final : public Page {
 public:
  void open(std::shared_ptr<Workshop> workshop, Fragments fragments) {
    workshop_ = std::move(workshop);
    fragments_.assign(fragments.begin(), fragments.end());
    series_ = count_present(fragments);
  }

  /// Lets go of everything but memory for the next page.
  void close() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (Variant& variant : variants_) {
      variant.body.empty();
      variant.gzip.empty();
    }
    fragments_.clear();
    workshop_.reset();
  }

  std::string_view body(Format format) const override EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return rendered(format);
  }

  std::string_view gzip(Format format) const override EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Buffer& gzip = variants_[static_cast<std::size_t>(format)].gzip;
    if (!gzip.filled()) {
      const std::string_view text = rendered(format);
      // By the body's room, which is the same from page to page, where its size is not.
      const std::size_t bound = workshop_->compress_bound(body_room(format));
      gzip.fill(workshop_->compress(text, gzip.room(bound)));
    }
    return gzip.view();
  }

  Fragments fragments() const override { return fragments_; }
  std::size_t series_count() const override { return series_; }

 private:
  struct Variant {
    Buffer body;
    Buffer gzip;
  };

  std::size_t body_room(Format format) const {
    return Renderer::bound(fragments_, workshop_->heads, format);
  }

  std::string_view rendered(Format format) const REQUIRES(mutex_) {
    Buffer& body = variants_[static_cast<std::size_t>(format)].body;
    if (!body.filled()) {
      char* const start = body.room(body_room(format)).data();
      char* const end = renderer_.render(fragments_, workshop_->heads, format, start);
      body.fill(static_cast<std::size_t>(end - start));
    }
    return body.view();
  }

  // Constant from open() to close().
  std::shared_ptr<Workshop> workshop_;
  std::vector<std::shared_ptr<const Fragment>> fragments_;
  std::size_t series_ = 0;

  // Filled by the first client that asks, constant afterwards.
  mutable Mutex mutex_;
  mutable std::array<Variant, 2> variants_ GUARDED_BY(mutex_);
  mutable Renderer renderer_ GUARDED_BY(mutex_);
};

void retire(RecycledPage& page) { page.close(); }

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::kText ? "text/plain; version=0.0.4; charset=utf-8"
                                 : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

struct PageFactory::State {
  std::shared_ptr<Workshop> workshop = std::make_shared<Workshop>();
  Recycler<RecycledPage> pages{kIdlePages, retire};
};

PageFactory::PageFactory() : state_(std::make_unique<State>()) {}
PageFactory::~PageFactory() = default;

std::shared_ptr<const Page> PageFactory::make(Fragments fragments) {
  std::shared_ptr<RecycledPage> page = state_->pages.take();
  page->open(state_->workshop, fragments);
  return page;
}

}  // namespace litewatch
