// The main function of every test program. A run without a single assertion fails: it would mean that a macro clash or
// a wrong filter let everything pass.
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/support/doctest.hpp"

#include <cstdio>

namespace {

int assertions = 0;

/// Counts the assertions that ran; prints nothing.
struct assertion_counter : doctest::IReporter {
  explicit assertion_counter(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& stats) override { assertions = stats.numAsserts; }
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

} // namespace

REGISTER_LISTENER("assertion_counter", 1, assertion_counter);

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int status = context.run();
  if (context.shouldExit() || status != 0)
    return status;
  if (assertions == 0) {
    std::fputs("no assertion ran\n", stderr);
    return 1;
  }
  return 0;
}
