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
  for (const std::string name :
       {"mnist", "cifar10", "cifar100", "movielens", "femnist", "celeba", "shakespeare", "reddit"}) {
    const auto run = shell("scripts/data/" + name + ".sh '" + at.string() + "'");
    INFO(run.output);
    CHECK(run.code == 1);
    // CelebA is not to be had without a browser, and LEAF needs programs that this machine may lack
    const auto sentence =
        name == "celeba" ? std::string("it has to be fetched by hand from http") : "there is no network";
    CHECK((contains(run.output, sentence) || contains(run.output, "; on Debian: apt install ")));
    CHECK(std::filesystem::is_empty(at.string()));
  }
}

TEST_CASE("without a network LEAF is said to be missing and leaves nothing half done") {
  const temporary_directory modules, at;
  write_file(modules / "numpy.py", "");
  write_file(modules / "PIL.py", "");
  for (const std::string name : {"femnist", "shakespeare"}) {
    const auto run = shell("PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='" + modules.string() + "' scripts/data/" + name +
                           ".sh '" + at.string() + "'");
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK((contains(run.output, "leaf could not be fetched: there is no network") ||
           contains(run.output, "; on Debian: apt install ")));
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

TEST_CASE("a LEAF that is not at the known commit is refused") {
  const temporary_directory at;
  std::filesystem::create_directories(at / "leaf" / "data");
  const auto run = shell("bash -c '. scripts/data/common.sh; directory=$1; verify_leaf' verify '" + at.string() + "'");
  INFO(run.output);
  CHECK(run.code == 1);
  CHECK(contains(run.output, "is at no commit, but 09ec454a5675e32e1f0546b456b77857fdece018 is expected"));
}

TEST_CASE("a split that has changed since the first time is refused") {
  const temporary_directory at;
  std::filesystem::create_directories(at / "train");
  std::filesystem::create_directories(at / "test");
  write_file(at / "train/a.json", "{}");
  write_file(at / "test/a.json", "{}");
  for (const std::string name : {"femnist", "shakespeare", "reddit"}) {
    CAPTURE(name);
    std::filesystem::remove(at / "split.sha256");
    write_file(at / "test/a.json", "{}");
    const auto script = "scripts/data/" + name + ".sh '" + at.string() + "'";
    CHECK(contains(shell(script).output, "nobody publishes checksums of them"));
    CHECK(contains(shell(script).output, "their sha256 checksums are those of the first time"));
    write_file(at / "test/a.json", "{\"users\": []}");
    const auto changed = shell(script);
    CHECK(changed.code == 1);
    CHECK(contains(changed.output, "has other files than when"));
  }
}

TEST_CASE("the raw files of CelebA are compared with the published checksums") {
  const temporary_directory at;
  std::filesystem::create_directories(at / "raw");
  write_file(at / "raw/identity_CelebA.txt", "nobody");
  write_file(at / "raw/list_attr_celeba.txt", "nothing");
  const auto run = shell("scripts/data/celeba.sh '" + at.string() + "'");
  CHECK(run.code == 1);
  CHECK(contains(run.output,
                 "but the published one is c6143857c3e2630ac2da9f782e9c1232e5e59be993a9d44e8a7916c78a6158c0"));
}
