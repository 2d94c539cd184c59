#include "cli/certificate_files.hpp"

#include <iterator>

#include <sys/stat.h>

#include "cli/exit_code.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
namespace fs = std::filesystem;

namespace {

constexpr int days = 30;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

unsigned mode(const fs::path& file) {
  struct stat facts {};
  REQUIRE(stat(file.c_str(), &facts) == 0);
  return facts.st_mode & 07777U;
}

std::string message(const result<cli::credential_files>& written) {
  return written ? std::string() : written.error().message;
}

} // namespace

TEST_CASE("keys are for their owner only, certificates for everybody") {
  const tests::scratch_directory scratch;
  const auto directory = scratch.path() / "new" / "ca";
  const auto old_mask = umask(0); // even where the user lets everybody read and write
  REQUIRE(message(cli::write_authority(directory, days)).empty());
  REQUIRE(message(cli::write_certificate(directory, "node1", days, directory)).empty());
  umask(old_mask);
  CHECK(mode(directory / "ca.key") == 0600);
  CHECK(mode(directory / "node1.key") == 0600);
  CHECK(mode(directory / "ca.pem") == 0644);
  CHECK(mode(directory / "node1.pem") == 0644);
}

TEST_CASE("nothing is overwritten, and nothing half made is left behind") {
  const tests::scratch_directory scratch;
  REQUIRE(message(cli::write_authority(scratch.path(), days)).empty());
  const auto key = content(scratch.path() / "ca.key");
  CHECK(message(cli::write_authority(scratch.path(), days)) ==
        (scratch.path() / "ca.key").string() + " exists already; it is not overwritten");
  CHECK(content(scratch.path() / "ca.key") == key);

  scratch.write("node1.pem", "mine");
  CHECK_FALSE(message(cli::write_certificate(scratch.path(), "node1", days, scratch.path())).empty());
  CHECK(content(scratch.path() / "node1.pem") == "mine");
  CHECK_FALSE(fs::exists(scratch.path() / "node1.key"));
}

TEST_CASE("files of one cluster fit together, those of two do not") {
  const tests::scratch_directory scratch;
  const auto ours = scratch.path() / "ours";
  const auto theirs = scratch.path() / "theirs";
  for (const auto& directory : {ours, theirs}) {
    REQUIRE(message(cli::write_authority(directory, days)).empty());
    REQUIRE(message(cli::write_certificate(directory, "node1", days, directory / "out")).empty());
  }
  CHECK(cli::check_tls_files(ours / "ca.pem", ours / "out/node1.pem", ours / "out/node1.key").has_value());
  const auto foreign = cli::check_tls_files(ours / "ca.pem", theirs / "out/node1.pem", theirs / "out/node1.key");
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().message.find((theirs / "out/node1.pem").string()) != std::string::npos);
  const auto missing = cli::check_tls_files(ours / "none.pem", ours / "out/node1.pem", ours / "out/node1.key");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message == (ours / "none.pem").string() + ": cannot be read: No such file or directory");
}

TEST_CASE("the authority's own name is not issued, and without an authority nothing is") {
  const tests::scratch_directory scratch;
  CHECK(message(cli::write_certificate(scratch.path(), "node1", days, scratch.path())).find("rhizome certs init") !=
        std::string::npos);
  REQUIRE(message(cli::write_authority(scratch.path(), days)).empty());
  CHECK(message(cli::write_certificate(scratch.path(), "ca", days, scratch.path() / "out")).find("own name") !=
        std::string::npos);
}

TEST_CASE("certs makes an authority and certificates from the command line") {
  const tests::scratch_directory scratch;
  const auto init = tests::run_rhizome({"certs", "init", "ca"}, scratch.path());
  CAPTURE(init.output);
  CHECK(init.code == cli::exit_done);
  CHECK(init.output.starts_with("ca/ca.pem\nca/ca.key\n"));
  CHECK(tests::run_rhizome({"certs", "init", "ca"}, scratch.path()).code == cli::exit_wrong_input);
  const auto issue = tests::run_rhizome({"certs", "issue", "ca", "10.0.0.1", "--days", "7", "-o", "."}, scratch.path());
  CAPTURE(issue.output);
  CHECK(issue.code == cli::exit_done);
  CHECK(cli::check_tls_files(scratch.path() / "ca/ca.pem", scratch.path() / "10.0.0.1.pem",
                             scratch.path() / "10.0.0.1.key")
            .has_value());
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"certs"}, {"certs", "issue", "ca"}, {"certs", "issue", "ca", "a b"}, {"certs", "init", "b", "--days", "0"}})
    CHECK(tests::run_rhizome(wrong, scratch.path()).code == cli::exit_wrong_input);
}
