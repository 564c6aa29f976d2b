#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "publish/fragment.h"

namespace litewatch {

enum class Format : unsigned char { kText, kOpenMetrics };

/// The Content-Type a page of that format is served with.
std::string_view content_type(Format format);

/// An immutable snapshot of everything published at one moment. Each variant is rendered, and
/// compressed, by the first client that asks for it and shared by all others: byte-stable, sorted
/// by family and labels, HELP and TYPE once per family. Thread-safe.
class Page {
 public:
  virtual ~Page() = default;
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  /// The page, valid as long as the Page lives.
  virtual std::string_view body(Format format) const = 0;
  /// The same, as one gzip member.
  virtual std::string_view gzip(Format format) const = 0;
  /// What the page was made of, for the status page.
  virtual std::span<const std::shared_ptr<const Fragment>> fragments() const = 0;
  /// Series on the page. One that two fragments have is counted in both, but stands once.
  virtual std::size_t series_count() const = 0;

 protected:
  Page() = default;
};

/// Makes pages and recycles the buffers of those that nobody holds any more, so that a steady state
/// does not allocate. Thread-safe; pages may be dropped by any thread and outlive the factory.
class PageFactory {
 public:
  PageFactory();
  ~PageFactory();
  PageFactory(const PageFactory&) = delete;
  PageFactory& operator=(const PageFactory&) = delete;

  /// A page of these fragments. Of a series that several fragments have, the first one's value is
  /// shown. Null fragments are allowed and empty.
  std::shared_ptr<const Page> make(std::span<const std::shared_ptr<const Fragment>> fragments);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch
