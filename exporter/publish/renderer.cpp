#include "publish/renderer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "publish/number.h"

namespace litewatch {
namespace {

constexpr std::string_view kEndOfOpenMetrics = "# EOF\n";

bool has_series(const std::shared_ptr<const Fragment>& fragment) {
  return fragment && fragment->layout && fragment->values.size() == fragment->layout->series.size();
}

}  // namespace

std::size_t Renderer::bound(Fragments fragments, const FamilyHeads& heads, Format format) {
  std::size_t size = heads.total_size(format) + kEndOfOpenMetrics.size();
  for (const auto& fragment : fragments) {
    if (!has_series(fragment)) continue;
    size += fragment->layout->heads.size() + fragment->values.size() * (kMaxValueSize + 1);
  }
  return size;
}

char* Renderer::render(Fragments fragments, const FamilyHeads& heads, Format format, char* out) {
  out_ = out;
  open(fragments);
  for (const Metric metric : kPageOrder) {
    open_family(metric);
    if (active_.empty()) continue;
    char* const family = out_;
    write(heads.of(metric, format));
    char* const first_series = out_;
    write_merged();
    if (out_ == first_series) out_ = family;  // every value is absent
  }
  if (format == Format::kOpenMetrics) write(kEndOfOpenMetrics);
  return out_;
}

void Renderer::open(Fragments fragments) {
  cursors_.clear();
  active_.reserve(fragments.size());
  for (const auto& fragment : fragments) {
    if (has_series(fragment)) cursors_.push_back({fragment.get(), cursors_.size()});
  }
}

void Renderer::open_family(Metric metric) {
  active_.clear();
  for (Cursor& cursor : cursors_) {
    const std::vector<RenderedSeries>& series = cursor.fragment->layout->series;
    cursor.at = cursor.end;
    while (cursor.end < series.size() && series[cursor.end].metric == metric) ++cursor.end;
    if (cursor.at < cursor.end) active_.push_back(&cursor);
  }
}

void Renderer::write(std::string_view text) {
  std::memcpy(out_, text.data(), text.size());
  out_ += text.size();
}

void Renderer::write_series(const Fragment& fragment, std::size_t i) {
  const double value = fragment.values[i];
  if (std::isnan(value)) return;
  write(fragment.layout->head(i));
  out_ = write_value(out_, value);
  *out_++ = '\n';
}

/// Writes the series that share their labels: one, or the parts of a histogram.
void Renderer::write_group(Cursor& cursor) {
  const std::string_view labels = cursor.labels();
  do {
    write_series(*cursor.fragment, cursor.at++);
  } while (cursor.at < cursor.end && cursor.labels() == labels);
}

/// Writes the family's groups in order of their labels; of groups with equal labels the first that
/// has a value, so that no series stands twice.
void Renderer::write_merged() {
  std::make_heap(active_.begin(), active_.end(), stands_after);
  std::string_view written;
  bool any_written = false;
  while (active_.size() > 1) {
    std::pop_heap(active_.begin(), active_.end(), stands_after);
    Cursor& cursor = *active_.back();
    const std::string_view labels = cursor.labels();
    char* const start = out_;
    write_group(cursor);
    if (any_written && labels == written) out_ = start;
    if (out_ != start) {
      written = labels;
      any_written = true;
    }
    if (cursor.at < cursor.end) {
      std::push_heap(active_.begin(), active_.end(), stands_after);
    } else {
      active_.pop_back();
    }
  }
  Cursor& last = *active_.front();
  if (any_written && last.labels() == written) {
    char* const start = out_;
    write_group(last);
    out_ = start;
  }
  while (last.at < last.end) write_series(*last.fragment, last.at++);
}

bool Renderer::stands_after(const Cursor* a, const Cursor* b) {
  const int labels = a->labels().compare(b->labels());
  return labels != 0 ? labels > 0 : a->order > b->order;
}

}  // namespace litewatch
