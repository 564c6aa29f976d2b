#pragma once

#include <optional>

#include "base/container_options.h"
#include "config/probe_words.h"

namespace litewatch {

// The words of `containers:`, for reading and writing alike.

inline constexpr WordTable<ContainerView, 4> kContainerViews = {
    {{"auto", ContainerView::kAuto},
     {"host", ContainerView::kHost},
     {"sidecar", ContainerView::kSidecar},
     {"own", ContainerView::kOwn}}};

inline constexpr WordTable<std::optional<bool>, 3> kCadvisorNames = {
    {{"auto", std::nullopt}, {"true", true}, {"false", false}}};

}  // namespace litewatch
