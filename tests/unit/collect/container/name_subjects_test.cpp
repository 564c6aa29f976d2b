#include "collect/container/name_subjects.h"

#include "catch.h"
#include "name_scene.h"

using namespace litewatch;

TEST_CASE("name subjects: what comes, is restarted and ends") {
  NameSubjects subjects;
  CHECK(subjects.set({wanted("a", 1), wanted("b", 1), wanted("", 5)}, 1));
  CHECK(subjects.by_id().size() == 2);
  CHECK(subjects.revision() == 1);
  CHECK_FALSE(subjects.set({wanted("b", 1), wanted("a", 1)}, 2));
  CHECK(subjects.revision() == 1);
  CHECK(subjects.set({wanted("a", 2), wanted("b", 1)}, 3));
  CHECK(subjects.by_id().at("a").since_s == 3);
  CHECK(subjects.by_id().at("b").since_s == 1);
  CHECK(subjects.set({wanted("a", 2)}, 4));
  CHECK(subjects.by_id().at("b").ended_s == 4.0);
  CHECK_FALSE(subjects.set({wanted("a", 2)}, 5));
  CHECK(subjects.by_id().at("b").ended_s == 4.0);
  CHECK(subjects.set({wanted("a", 2), wanted("b", 1)}, 6));
  CHECK_FALSE(subjects.by_id().at("b").ended_s);
}

TEST_CASE("name subjects: one id twice -> the first") {
  NameSubjects subjects;
  CHECK(subjects.set({wanted("a", 1), wanted("a", 2)}, 1));
  CHECK(subjects.by_id().at("a").instance == 1);
  CHECK_FALSE(subjects.set({wanted("a", 1), wanted("a", 2)}, 2));
}

TEST_CASE("name subjects: those that ended are forgotten after a while") {
  NameSubjects subjects;
  subjects.set({wanted("a"), wanted("b")}, 0);
  subjects.set({wanted("b")}, 10);
  subjects.forget_old(10 + NameTable::kKeep_s);
  CHECK(subjects.by_id().size() == 2);
  subjects.forget_old(11 + NameTable::kKeep_s);
  CHECK(subjects.by_id().size() == 1);
  CHECK(subjects.by_id().contains("b"));
}

TEST_CASE("name subjects: many that ended -> the last ones stay") {
  NameSubjects subjects;
  const std::size_t many = NameSubjects::kMostEnded + 10;
  double now_s = 0;
  for (std::size_t i = 0; i < many; ++i) {
    now_s += 0.001;
    subjects.set({wanted(std::to_string(i))}, now_s);
  }
  subjects.set({wanted("x")}, now_s + 1);
  subjects.forget_old(now_s + 1);
  CHECK(subjects.by_id().size() == NameSubjects::kMostEnded + 1);
  CHECK(subjects.by_id().contains(std::to_string(many - 1)));
  CHECK_FALSE(subjects.by_id().contains("0"));
}
