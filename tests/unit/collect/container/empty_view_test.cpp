#include "collect/container/empty_view.h"

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("empty view: nothing for as long as an app may take to start -> not worth a word") {
  EmptyView view;
  CHECK_FALSE(view.is_news(true, 100));
  CHECK_FALSE(view.is_news(true, 100 + EmptyView::kPatience_s - 1));
  CHECK_FALSE(view.is_news(false, 100 + EmptyView::kPatience_s));
}

TEST_CASE("empty view: nothing for longer -> said once") {
  EmptyView view;
  CHECK_FALSE(view.is_news(true, 100));
  CHECK(view.is_news(true, 100 + EmptyView::kPatience_s));
  CHECK_FALSE(view.is_news(true, 100 + 2 * EmptyView::kPatience_s));
}

TEST_CASE("empty view: the app came and went -> counted anew, and said again") {
  EmptyView view;
  view.is_news(true, 100);
  CHECK(view.is_news(true, 200));
  CHECK_FALSE(view.is_news(false, 201));
  CHECK_FALSE(view.is_news(true, 202));
  CHECK(view.is_news(true, 202 + EmptyView::kPatience_s));
}

}  // namespace
}  // namespace litewatch
