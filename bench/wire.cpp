// How fast fragments go from one process to another: this project's links against CAF without them, and against plain
// sockets. See README.md.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/report.hpp"
#include "bench/wire_actors.hpp"
#include "bench/wire_pair.hpp"
#include "bench/wire_sockets.hpp"
#include "cli/certificate_files.hpp"
#include "models/process_setup.hpp"

namespace {

using namespace rhizome;

constexpr std::size_t lenet = 83'754; // floats

struct options {
  std::string side;         ///< empty: compare all
  std::string certificates; ///< directory; empty: without TLS
  bench::traffic load;
  unsigned turns = 9;
};

/// Certificates as `rhizome certs` makes them, in a temporary directory that goes with the object.
class certificates {
public:
  certificates() {
    std::string name = std::filesystem::temp_directory_path() / "rhizome-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
      bench::give_up("no temporary directory can be made: " + name);
    directory_ = name;
    if (!cli::write_authority(directory_, 1) || !cli::write_certificate(directory_, "127.0.0.1", 1, directory_))
      bench::give_up("no certificates can be made in " + name);
  }
  ~certificates() { std::filesystem::remove_all(directory_); }
  certificates(const certificates&) = delete;
  certificates& operator=(const certificates&) = delete;

  [[nodiscard]] std::string directory() const { return directory_; }

private:
  std::filesystem::path directory_;
};

/// Measures one side once and prints the result as one line.
[[noreturn]] void measure_side(const options& chosen) {
  models::prepare_process(); // malloc as a run has it
  bench::tls_option tls;
  if (const auto& directory = chosen.certificates; !directory.empty())
    tls = actors::tls_files{directory + "/ca.pem", directory + "/127.0.0.1.pem", directory + "/127.0.0.1.key"};
  bench::carrier way;
  if (chosen.side == "link")
    way = bench::links(chosen.load, lenet, tls);
  else if (chosen.side == "blocks")
    way = bench::bare_actors<bench::block_messages>(chosen.load, tls);
  else if (chosen.side == "bare")
    way = bench::bare_actors<bench::vector_messages>(chosen.load, tls);
  else
    way = tls ? bench::plain_tls(chosen.load, *tls) : bench::plain_tcp(chosen.load);
  bench::measure(chosen.load, way);
}

/// Runs this program again for one side.
nlohmann::json measure_in_own_process(const options& chosen, const std::string& side, const std::string& directory) {
  auto command = "'" + std::filesystem::read_symlink("/proc/self/exe").string() + "' --side " + side + " --parcels " +
                 std::to_string(chosen.load.timed) + " --chunk " + std::to_string(chosen.load.chunk >> 10) +
                 " --window " + std::to_string(chosen.load.window / chosen.load.chunk);
  if (!directory.empty())
    command += " --tls '" + directory + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  std::string text;
  for (int c = 0; output && (c = std::fgetc(output.get())) != EOF;)
    text += static_cast<char>(c);
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded())
    bench::give_up(command + " failed");
  return json;
}

/// All sides in turn, each time in the other order, without and with TLS.
int compare(const options& chosen) {
  const certificates made;
  const std::vector<std::string> sides = {"link", "blocks", "bare", "socket"};
  std::map<std::string, std::vector<double>> values; // by the name that they are reported under
  for (unsigned turn = 0; turn < chosen.turns; ++turn)
    for (const std::string wire : {"tcp", "tls"}) {
      std::map<std::string, double> rates;
      for (std::size_t i = 0; i < sides.size(); ++i) {
        const auto& side = sides[turn % 2 == 0 ? i : sides.size() - 1 - i];
        const auto measured = measure_in_own_process(chosen, side, wire == "tls" ? made.directory() : "");
        for (const auto& [quantity, value] : measured.items())
          values[wire + "/" + side + "/" + quantity].push_back(value);
        rates[side] = measured["rate"];
      }
      values[wire + "/link_to_bare"].push_back(rates["link"] / rates["bare"]);
      values[wire + "/link_to_blocks"].push_back(rates["link"] / rates["blocks"]);
      values[wire + "/bare_to_socket"].push_back(rates["bare"] / rates["socket"]);
    }
  for (const auto& [name, numbers] : values) {
    const bool is_rate = name.ends_with("/rate");
    const bool is_ratio = name.find("_to_") != name.npos;
    bench::report("wire/" + name,
                  is_rate    ? "GB/s"
                  : is_ratio ? "ratio within a turn"
                             : "processor seconds a GB",
                  numbers);
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  options chosen;
  chosen.load.parcel = sharing::parcel_wire_size(
      bench::make_parcel(0, learning::dense_payload(std::make_shared<learning::flat_vector>(lenet))).fragment, 1);
  std::size_t chunk = chosen.load.chunk >> 10;
  std::size_t window = chosen.load.window / chosen.load.chunk;
  CLI::App app("How fast do fragments go from one process to another? Compares all sides, unless one is named.");
  app.add_option("--side", chosen.side, "Measure only this one")
      ->check(CLI::IsMember({"link", "blocks", "bare", "socket"}));
  app.add_option("--tls", chosen.certificates, "A directory with certificates for that one side");
  app.add_option("--parcels", chosen.load.timed, "Models that are timed")->capture_default_str();
  app.add_option("--chunk", chunk, "KiB of a chunk")->capture_default_str()->check(CLI::Range(1, 1024));
  app.add_option("--window", window, "Chunks on their way at once")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--turns", chosen.turns, "Measurements of each side")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  chosen.load.chunk = chunk << 10;
  chosen.load.window = window * chosen.load.chunk;
  if (!chosen.side.empty())
    measure_side(chosen);
  return compare(chosen);
}
