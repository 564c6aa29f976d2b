#include "publish/series_key.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <functional>
#include <limits>

#include "catalogue/catalogue.h"
#include "publish/escape.h"
#include "publish/families.h"

namespace litewatch {
namespace {

constexpr std::string_view kBoundLabel = "le=\"";

std::string_view suffix(SeriesPart part) {
  switch (part) {
    case SeriesPart::kValue:
      return "";
    case SeriesPart::kBucket:
      return "_bucket";
    case SeriesPart::kSum:
      return "_sum";
    case SeriesPart::kCount:
      return "_count";
  }
  return "";
}

/// `,name="` of every label, so that a label's name is one piece of text.
class LabelStarts {
 public:
  LabelStarts() {
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      starts_[i].append(",").append(to_string(static_cast<Label>(i))).append("=\"");
    }
  }
  std::string_view of(Label label, bool first) const {
    return std::string_view(starts_[static_cast<std::size_t>(label)]).substr(first ? 1 : 0);
  }

 private:
  std::array<std::string, static_cast<std::size_t>(Label::kCount_)> starts_;
};

/// Passes the family's labels, from `label` to the last quote, piece by piece, until `use` returns
/// false. Returns whether it never did.
template <class Use>
bool walk_labels(const SeriesKey& key, Use use) {
  static const LabelStarts starts;
  const LabelList& names = describe(key.metric).labels;
  bool first = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (key.labels[i].empty()) continue;
    if (is_rendered(names[i])) {
      if (!(first || use(",")) || !use(key.labels[i])) return false;
    } else if (!use(starts.of(names[i], first)) || !use(key.labels[i]) || !use("\"")) {
      return false;
    }
    first = false;
  }
  return true;
}

/// memcmp() == 0, faster for the short texts that labels are.
bool same_bytes(const char* a, const char* b, std::size_t size) {
  for (; size >= sizeof(std::uint64_t); size -= sizeof(std::uint64_t)) {
    std::uint64_t word_a;
    std::uint64_t word_b;
    std::memcpy(&word_a, a, sizeof word_a);
    std::memcpy(&word_b, b, sizeof word_b);
    if (word_a != word_b) return false;
    a += sizeof word_a;
    b += sizeof word_b;
  }
  for (; size != 0; --size) {
    if (*a++ != *b++) return false;
  }
  return true;
}

/// The labels that are not empty, and so are shown.
std::uint8_t count_shown(std::span<const std::string_view> labels) {
  std::uint8_t shown = 0;
  for (const std::string_view label : labels) shown += label.empty() ? 0 : 1;
  return shown;
}

/// Consumes text piece by piece as long as it is what is expected.
class Matcher {
 public:
  explicit Matcher(std::string_view text) : rest_(text) {}

  bool operator()(std::string_view piece) {
    if (rest_.size() < piece.size()) return false;
    if (!same_bytes(rest_.data(), piece.data(), piece.size())) return false;
    rest_.remove_prefix(piece.size());
    return true;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// The `le` of a bucket's head, without quotes.
std::string_view bound_text(const SeriesLayout& layout, std::size_t i) {
  const std::string_view head = layout.head(i);
  const std::size_t start = head.rfind(kBoundLabel) + kBoundLabel.size();
  return head.substr(start, head.rfind('"') - start);
}

double bound(const SeriesLayout& layout, std::size_t i) {
  const std::string_view text = bound_text(layout, i);
  double value = std::numeric_limits<double>::infinity();
  if (text != "+Inf") std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::uint32_t hash(const SeriesKey& key) {
  constexpr std::uint64_t kOddConstant = 0x9E3779B97F4A7C15;
  std::uint64_t state = static_cast<std::uint64_t>(key.metric) * 4 +
                        static_cast<std::uint64_t>(key.part) +
                        std::hash<std::string_view>()(key.le);
  for (const std::string_view value : key.labels) {
    state = (state ^ std::hash<std::string_view>()(value)) * kOddConstant;
    state ^= state >> 32;
  }
  return static_cast<std::uint32_t>(state * kOddConstant >> 32);
}

void append_series(SeriesLayout& layout, const SeriesKey& key) {
  std::string& heads = layout.heads;
  const std::size_t start = heads.size();
  heads.append(describe(key.metric).name).append(suffix(key.part)) += '{';
  const std::size_t labels = heads.size();
  walk_labels(key, [&](std::string_view piece) {
    heads += piece;
    return true;
  });
  const std::size_t labels_size = heads.size() - labels;
  if (key.part == SeriesPart::kBucket) {
    if (labels_size != 0) heads += ',';
    heads.append(kBoundLabel).append(key.le) += '"';
  }
  if (heads.size() == labels) {
    heads.back() = ' ';
  } else {
    heads += "} ";
  }
  RenderedSeries series{key.metric, key.part};
  if (std::all_of(key.labels.begin(), key.labels.end(), is_plain)) {
    series.plain_labels = count_shown(key.labels);
  }
  series.head_offset = static_cast<std::uint32_t>(start);
  series.head_size = static_cast<std::uint32_t>(heads.size() - start);
  series.labels_offset = static_cast<std::uint32_t>(labels - start);
  series.labels_size = static_cast<std::uint32_t>(labels_size);
  layout.series.push_back(series);
}

bool is_series(const SeriesLayout& layout, std::size_t i, const SeriesKey& key) {
  const RenderedSeries& series = layout.series[i];
  if (series.metric != key.metric || series.part != key.part) return false;
  Matcher matcher(layout.labels(i));
  if (!walk_labels(key, std::ref(matcher)) || !matcher.at_end()) return false;
  return key.part != SeriesPart::kBucket || bound_text(layout, i) == key.le;
}

bool is_plain_series(const SeriesLayout& layout, std::size_t i, const SeriesKey& raw_key) {
  // A plain series has two quotes a label. Of equal text with as many labels, none can be in a
  // value; so the values are the same, and plain.
  return layout.series[i].plain_labels == count_shown(raw_key.labels) &&
         is_series(layout, i, raw_key);
}

bool stands_before(const SeriesLayout& layout_a, std::size_t a, const SeriesLayout& layout_b,
                   std::size_t b) {
  const RenderedSeries& series_a = layout_a.series[a];
  const RenderedSeries& series_b = layout_b.series[b];
  if (series_a.metric != series_b.metric) {
    return kPageRank[static_cast<std::size_t>(series_a.metric)] <
           kPageRank[static_cast<std::size_t>(series_b.metric)];
  }
  const int labels = layout_a.labels(a).compare(layout_b.labels(b));
  if (labels != 0) return labels < 0;
  if (series_a.part != series_b.part) return series_a.part < series_b.part;
  return series_a.part == SeriesPart::kBucket && bound(layout_a, a) < bound(layout_b, b);
}

}  // namespace litewatch
