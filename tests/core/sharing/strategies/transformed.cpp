#include "core/learning/algorithms.hpp"
#include "tests/core/sharing/domains/bases.hpp"
#include "tests/core/sharing/strategies/dense.hpp"

using namespace rhizome;
using namespace rhizome::learning;
using namespace rhizome::test;

namespace {

/// What a test is about; `count(node, round)` coefficients are sent.
struct experiment {
  dense_basis basis;
  std::function<std::size_t(node_id, round_number)> count;
  std::string accumulation = "none";
  bool by_change = true;
};

/// Places of the floats of the k coefficients of greatest magnitude.
std::set<std::size_t> greatest_coefficients(const dense_vector& y, std::size_t width, std::size_t k, double& gap) {
  std::vector<double> magnitudes(y.size() / width);
  for (std::size_t c = 0; c < magnitudes.size(); ++c)
    magnitudes[c] = width == 2 ? std::hypot(y[2 * c], y[2 * c + 1]) : y[c];
  std::set<std::size_t> places;
  for (const auto c : greatest(magnitudes, k, gap))
    for (std::size_t part = 0; part < width; ++part)
      places.insert(width * c + part);
  return places;
}

/// 3.6 to 3.8 of the inventory: the model's coefficients where its change is greatest; means of coefficients.
vectors dense_run(const quadratic_runtime::problem& p, const weights_function& weights, const experiment& e,
                  double& gap) {
  auto x = start_of(p);
  vectors memory(nodes, e.basis.forward(x[0]));
  for (auto& m : memory)
    std::ranges::fill(m, 0.0);
  for (round_number r = 0; r < rounds; ++r) {
    vectors initial(nodes), mine(nodes);
    std::vector<std::set<std::size_t>> sent(nodes);
    for (node_id i = 0; i < nodes; ++i) {
      initial[i] = e.basis.forward(x[i]);
      local_step(p, i, x[i]);
      mine[i] = e.basis.forward(x[i]);
      auto ranked = mine[i];
      if (e.by_change)
        for (std::size_t c = 0; c < ranked.size(); ++c)
          ranked[c] += memory[i][c] - initial[i][c];
      if (e.accumulation == "plain")
        memory[i] = ranked;
      sent[i] = greatest_coefficients(ranked, e.basis.width, e.count(i, r), gap);
      for (const auto place : sent[i])
        memory[i][place] = 0;
    }
    const auto w = weights(r);
    for (std::size_t i = 0; i < nodes; ++i) {
      dense_vector mixed(mine[i].size());
      for (std::size_t j = 0; j < nodes; ++j)
        for (std::size_t c = 0; c < mixed.size(); ++c)
          mixed[c] += w[i][j] * (i != j && sent[j].contains(c) ? mine[j][c] : mine[i][c]);
      x[i] = e.basis.inverse(mixed);
      if (e.accumulation == "whole") {
        const auto now = e.basis.forward(x[i]);
        for (std::size_t c = 0; c < now.size(); ++c)
          memory[i][c] += now[c] - initial[i][c];
      }
    }
  }
  return x;
}

/// The strategy's run on a problem without close choices against the dense one.
void compare(config::section keys, experiment e, std::size_t entries = size) {
  keys.set("accumulation", e.accumulation);
  keys.set("selection", std::string(e.by_change ? "change" : "magnitude"));
  for (const bool fresh : {false, true}) {
    CAPTURE(keys.text("name"));
    CAPTURE(e.accumulation);
    CAPTURE(e.by_change);
    CAPTURE(fresh);
    const auto weights = fresh ? fresh_graphs() : fixed_ring();
    vectors expected;
    const auto problem =
        clear_problem([&](const auto& p, double& gap) { expected = dense_run(p, weights, e, gap); }, entries);
    const quadratic_runtime runtime(problem);
    toy_run run(runtime, d_psgd(), nodes, rounds);
    run.options.views = dynamic_views(weights);
    use(run, keys, "elias-gamma", "raw", {5, entries - 5});
    check_run(run, expected);
  }
}

std::function<std::size_t(node_id, round_number)> always(std::size_t count) {
  return [count](node_id, round_number) { return count; };
}

} // namespace

TEST_CASE("wavelet sharing equals its formula, whatever is accumulated, on fixed and on fresh graphs") {
  for (const std::string wavelet : {"haar", "sym2"})
    for (const std::string accumulation : {"none", "plain", "whole"})
      for (const std::size_t entries : {size, size + 1}) {
        CAPTURE(wavelet);
        auto keys = keys_of("wavelet");
        keys.set("alpha", 0.25);
        keys.set("wavelet", wavelet);
        keys.set("levels", std::int64_t{2});
        compare(keys, {dense_wavelet(entries, wavelet, 2), always(3), accumulation}, entries);
      }
}

TEST_CASE("Fourier sharing equals its formula for even and odd numbers of entries") {
  for (const std::string accumulation : {"none", "plain", "whole"})
    for (const std::size_t entries : {size, size + 1}) {
      auto keys = keys_of("fft");
      keys.set("alpha", 0.3); // 0.3 x 7 and 0.3 x 9 coefficients
      compare(keys,
              {dense_fourier(entries, entries == size ? size : 16), always(entries == size ? 2 : 3), accumulation},
              entries);
    }
}

TEST_CASE("JWINS equals its formula with the shares that its nodes draw") {
  const std::vector<double> alphas = {0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 1.0};
  const auto keys = keys_of("jwins");
  CHECK(keys.reals("alphas") == alphas);
  CHECK(keys.text("wavelet") == "sym2");
  CHECK(keys.integer("levels") == 4);
  CHECK(keys.text("accumulation") == "whole");
  CHECK(keys.real("metadata_cap") == 0.5);
  const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, size));
  const auto seed = toy_run(runtime, d_psgd(), nodes, rounds).context.seed;
  compare(keys, {dense_wavelet(size, "sym2", 4),
                 [&](node_id node, round_number round) -> std::size_t {
                   const auto alpha = alphas[random_stream(seed, purpose::sharing, node, round).below(alphas.size())];
                   return alpha >= 0.5 ? size : static_cast<std::size_t>(std::llround(alpha * size));
                 },
                 "whole"});
}

TEST_CASE("coefficients can be chosen by their magnitude") {
  auto keys = keys_of("wavelet");
  keys.set("alpha", 0.25);
  compare(keys, {dense_wavelet(size, "haar", 4), always(3), "none", false});
  keys = keys_of("fft");
  keys.set("alpha", 0.3);
  compare(keys, {dense_fourier(size, size), always(2), "none", false});
}

TEST_CASE("a whole share of coefficients is full sharing, up to rounding, without places on the wire") {
  for (const std::size_t entries : {size, size + 1}) {
    const quadratic_runtime runtime(quadratic_runtime::random_problem(nodes, entries, 3));
    toy_run run(runtime, d_psgd(), nodes, rounds);
    run.options.views = static_views(metropolis_hastings(ring(nodes)));
    const auto full = values_of(run.run()->models());
    for (const std::string name : {"wavelet", "fft"})
      for (const double cap : {1.0, 0.25}) {
        CAPTURE(name);
        CAPTURE(cap);
        auto keys = keys_of(name);
        keys.set("alpha", cap);
        keys.set("metadata_cap", cap);
        keys.set("accumulation", std::string("whole"));
        use(run, keys, "elias-gamma", "raw", {5, entries - 5});
        const auto world = run.run();
        const auto models = values_of(world->models());
        for (std::size_t i = 0; i < nodes; ++i)
          for (std::size_t e = 0; e < entries; ++e)
            CHECK(models[i][e] == doctest::Approx(full[i][e]).epsilon(1e-5));
        const auto coefficients = name == "wavelet" ? entries : entries == size ? size + 2 : 18;
        CHECK(world->log(0).wire_bytes == rounds * 2 * (fragment_header_size + 1 + coefficients * sizeof(float)));
      }
  }
}
