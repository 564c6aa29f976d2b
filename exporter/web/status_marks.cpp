#include "web/status_marks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "web/status_look.h"

namespace litewatch {
namespace {

constexpr std::size_t kStep = 4;  // a bar and the gap after it
constexpr int kBarWidth = 3;
constexpr int kHeight = 20;
constexpr int kLeastHeight = 3;
constexpr int kLeastFailedHeight = 12;

bool failed(const StatusMark& mark) {
  return mark.health == Health::kCritical || mark.health == Health::kUnknown;
}

/// NaN, infinite and negative values count as none.
double sane(float value) { return std::isfinite(value) && value > 0 ? value : 0; }

int height_of(const StatusMark& mark, double highest) {
  const double part = highest > 0 ? std::sqrt(sane(mark.value) / highest) : 0;
  const int height = static_cast<int>(std::lround(part * kHeight));
  return std::max(height, failed(mark) ? kLeastFailedHeight : kLeastHeight);
}

std::string words_for(std::span<const StatusMark> marks) {
  const auto bad = static_cast<std::size_t>(std::count_if(marks.begin(), marks.end(), failed));
  const auto warned = std::count_if(marks.begin(), marks.end(), [](const StatusMark& mark) {
    return mark.health == Health::kWarning;
  });
  std::string words =
      std::to_string(marks.size() - bad) + " of " + std::to_string(marks.size()) + " succeeded";
  if (warned > 0) words += ", " + std::to_string(warned) + " with a warning";
  return words;
}

}  // namespace

std::string marks_svg(std::span<const StatusMark> marks) {
  if (marks.empty()) return "";
  double highest = 0;
  for (const StatusMark& mark : marks) highest = std::max(highest, sane(mark.value));
  const auto width = std::to_string(StatusRow::kMaxMarks * kStep - (kStep - kBarWidth));
  const auto words = words_for(marks);
  std::string svg = "<svg class=\"marks\" viewBox=\"0 0 " + width + " " + std::to_string(kHeight) +
                    "\" role=\"img\" aria-label=\"" + words + "\"><title>" + words + "</title>";
  std::size_t x = (StatusRow::kMaxMarks - std::min(marks.size(), StatusRow::kMaxMarks)) * kStep;
  for (const StatusMark& mark : marks) {
    const int height = height_of(mark, highest);
    svg += "<rect class=\"";
    svg += look_of(mark.health).style;
    svg += "\" x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(kHeight - height) +
           "\" width=\"" + std::to_string(kBarWidth) + "\" height=\"" + std::to_string(height) +
           "\"/>";
    x += kStep;
  }
  return svg + "</svg>";
}

}  // namespace litewatch
