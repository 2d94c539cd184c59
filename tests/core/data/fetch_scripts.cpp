#include <array>
#include <cstdio>

#include <sys/wait.h>

#include "tests/core/data/support.hpp"
#include "tests/support/doctest.hpp"
#include "tests/support/paths.hpp"

using namespace rhizome::tests;

namespace {

struct outcome {
  int code = -1;
  std::string output;
};

/// Runs a command of the shell, of which no connection leaves the machine.
outcome shell(const std::string& command) {
  const auto offline = "export https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 all_proxy=; cd '" +
                       source_directory() + "' && { " + command + "; } 2>&1";
  outcome result;
  auto* pipe = popen(offline.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

} // namespace

TEST_CASE("each script that fetches data says what it does and which keys use the data") {
  for (const std::string name :
       {"mnist", "cifar10", "cifar100", "movielens", "femnist", "celeba", "shakespeare", "reddit"}) {
    CAPTURE(name);
    const auto help = shell("scripts/data/" + name + ".sh --help");
    CHECK(help.code == 0);
    CHECK(contains(help.output, "Usage: scripts/data/" + name + ".sh [DIRECTORY]"));
    CHECK(contains(help.output, "dataset = \""));
    CHECK(contains(help.output, "path = \"DIRECTORY"));
    CHECK(shell("scripts/data/" + name + ".sh --nonsense").code == 2);
  }
}

TEST_CASE("without a network a script ends with a sentence and leaves nothing half done") {
  const temporary_directory at;
  for (const std::string name : {"mnist", "cifar10", "cifar100"}) {
    const auto run = shell("scripts/data/" + name + ".sh '" + at.string() + "'");
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK((contains(run.output, "could not be fetched: there is no network") || contains(run.output, "needs curl")));
    CHECK(std::filesystem::is_empty(at.string()));
  }
}

TEST_CASE("a file with another checksum than the published one is refused") {
  const temporary_directory at;
  write_file(at / "train-images-idx3-ubyte.gz", "no images");
  const auto run = shell("scripts/data/mnist.sh '" + at.string() + "'");
  CHECK(run.code == 1);
  CHECK(contains(run.output, "but the published one is f68b3c2dcbeaaa9fbdd348bbdeb94873: remove the file"));
}

TEST_CASE("where no checksum is published, the first one is kept and compared with") {
  const temporary_directory at;
  write_file(at / "data.zip", "something");
  const auto verify = "bash -c '. scripts/data/common.sh; verify \"$1\"' verify '" + (at / "data.zip").string() + "'";
  CHECK(contains(shell(verify).output, "knows no published checksum"));
  CHECK(contains(shell(verify).output, "its sha256 checksum is that of the first time"));
  write_file(at / "data.zip", "something else");
  const auto changed = shell(verify);
  CHECK(changed.code == 1);
  CHECK(contains(changed.output, "remove both files"));
}
