// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nas/spaces/decision_space.hpp>
#include <nas/testing/space_laws.hpp>

// A law that cannot fail is worthless: each fault here must be caught, by the law that names it.
namespace {

/// Three decisions of four choices, the second of which is numeric, and the last of which counts where the first is not 0; with
/// one fault.
class faulty_space : public nas::decision_space<faulty_space, std::array<std::uint8_t, 3>> {
    using base = nas::decision_space<faulty_space, std::array<std::uint8_t, 3>>;

  public:
    explicit faulty_space(std::string fault = "") : fault_(std::move(fault)) {}

    std::size_t decisions() const { return 3; }
    std::size_t cardinality(std::size_t i) const { return is("cardinality") && i == 1 ? 257 : 4; }
    std::string path(std::size_t i) const { return is("path") ? "same" : std::to_string(i); }
    std::string label(std::size_t i, std::size_t choice) const {
        return is("label") && i == 2 ? "same" : is("line") ? "a\n" + std::to_string(choice) : std::to_string(choice);
    }
    bool conditional() const { return !is("conditional"); }
    std::optional<nas::condition> when(std::size_t i) const {
        if (is("condition") && i == 0) return nas::condition{1, {0, 1, 2, 3}};
        return i == 2 ? std::optional(nas::condition{0, {1, 2, 3}}) : std::nullopt;
    }
    bool numeric() const { return !is("numeric"); }
    std::span<const double> values(std::size_t i) const {
        static constexpr std::array<double, 5> all{1, 2, 3, 5, 4};
        const std::span<const double> some(all);
        return i != 1 ? some.first(0) : is("values") ? some : is("order") ? some.last(4) : some.first(4);
    }
    nas::value_scale scale(std::size_t) const { return nas::value_scale::linear; }
    void allowed(std::span<const std::uint8_t>, std::size_t i, nas::choice_mask& mask) const {
        if (is("mask") && i == 1) mask = {};
        if (is("value") && i == 1) mask.erase(2);
    }

    genotype_type genotype(const arch_type& arch) const {
        genotype_type values = arch;
        if (is("genotype")) values[1] = 0;
        return values;
    }
    arch_type architecture(const genotype_type& values) const {
        arch_type arch = values;
        if (is("architecture")) arch[1] = 3;
        return arch;
    }

    arch_type sample(nas::rng& random) const {
        arch_type arch{};
        for (std::size_t i = 0; i < 3; ++i) arch[i] = static_cast<std::uint8_t>(nas::below(random, 4));
        if (arch[0] == 0 && !is("inactive")) arch[2] = 0;
        if (is("sample")) arch[1] = static_cast<std::uint8_t>(calls_++ % 4);
        if (is("sample outside")) arch[1] = 7;
        if (is("high value")) arch[1] = 9;
        return arch;
    }
    bool contains(const arch_type& arch) const {
        if (is("inactive") || is("value") || is("mask") || is("high value")) return true;
        for (const std::uint8_t value : arch)
            if (value > 3) return false;
        return arch[0] != 0 || arch[2] == 0;
    }
    std::string describe(const arch_type& arch) const {
        std::string text = is("line") ? "two\n" : "";
        for (const std::uint8_t value : arch) text += static_cast<char>('0' + value);
        if (is("describe")) text += std::to_string(calls_++);
        return text;
    }
    arch_type parse(std::string_view text) const {
        if (is("parse anything")) return {};
        if (is("parse throws")) throw std::invalid_argument("no");
        if (is("line") && text.starts_with("two")) text.remove_prefix(4);
        if (text.size() < 3) throw std::invalid_argument("too short");
        arch_type arch{};
        for (std::size_t i = 0; i < 3; ++i) {
            if (text[i] < '0' || text[i] > '9') throw std::invalid_argument("no digit");
            arch[i] = static_cast<std::uint8_t>(text[i] - '0');
        }
        if (is("parse")) arch[1] = 0;
        return arch;
    }

    arch_type mutate(arch_type arch, nas::rng& random) const {
        if (is("mutate nothing")) return arch;
        arch[1] = static_cast<std::uint8_t>((arch[1] + 1 + nas::below(random, 3)) % 4);
        if (is("mutate")) arch[1] = static_cast<std::uint8_t>(calls_++ % 4);
        if (is("mutate outside")) arch[1] = 4;
        return arch;
    }
    arch_type crossover(arch_type a, const arch_type& b, nas::rng& random) const {
        if (nas::chance(random, 0.5)) a[1] = b[1];
        if (is("crossover")) a[1] = static_cast<std::uint8_t>(calls_++ % 4);
        if (is("crossover outside")) a[1] = 4;
        return a;
    }
    void neighbors(const arch_type& arch, std::vector<arch_type>& out) const {
        if (is("neighbors clear")) out.clear();
        for (std::uint8_t value = 0; value < 4; ++value) {
            if (value == arch[1] && !is("neighbors self")) continue;
            arch_type next = arch;
            next[1] = value;
            if (is("neighbors outside")) next[1] = 4;
            if (is("neighbors") && calls_++ % 2 == 0) continue;
            out.push_back(next);
            if (is("neighbors twice")) out.push_back(next);
        }
    }
    std::size_t encoding_size() const { return 2; }
    void encode(const arch_type& arch, std::span<double> features) const {
        features[0] = is("encode infinite") ? INFINITY : is("encode") ? static_cast<double>(calls_++) : arch[0];
        if (!is("encode gap")) features[1] = arch[1];
        if (is("encode beyond")) features.data()[2] = 1;
    }
    std::size_t key(const arch_type& arch) const { return is("key") ? calls_++ : arch[0]; }

    std::uint64_t size() const { return is("size") ? 2 : is("empty") ? 0 : 52; }
    // 13 for each value of decision 1: one where the first is 0, twelve where it is not.
    arch_type at(std::uint64_t index) const {
        if (index >= 52 && !is("at beyond")) throw std::out_of_range("no such architecture");
        if (index >= 52) return {};
        const std::uint64_t rest = index % 13;
        arch_type arch{};
        arch[1] = static_cast<std::uint8_t>(index / 13);
        if (rest > 0) {
            arch[0] = static_cast<std::uint8_t>(1 + (rest - 1) / 4);
            arch[2] = static_cast<std::uint8_t>((rest - 1) % 4);
        }
        if (is("at") && index == 20) arch[1] = 0;
        if (is("at outside")) arch[1] = 4;
        return arch;
    }
    std::uint64_t index(const arch_type& arch) const {
        if (is("index")) return 0;
        return 13U * arch[1] + (arch[0] == 0 ? 0U : 1U + 4U * (arch[0] - 1U) + arch[2]);
    }
    std::array<arch_type, 1> roots() const { return {arch_type{0, static_cast<std::uint8_t>(is("roots") ? 4 : 0), 0}}; }
    std::array<arch_type, 1> grow(arch_type arch) const {
        if (!is("grow nothing")) arch[1] = is("grow") ? 4 : 1;
        return {arch};
    }

    // As many blocks as decision 1 says, each of its number and what decision 2 is.
    std::size_t block_tokens() const { return is("block tokens") ? 257 : 2; }
    std::size_t token_kinds() const { return 2; }
    std::size_t token_kind(std::size_t k) const { return is("token kind") ? k + 1 : k % 2; }
    std::size_t kind_size(std::size_t) const { return is("kind size") ? 0 : 4; }
    std::string kind_name(std::size_t kind) const { return kind == 0 ? "number" : "value"; }
    void append_blocks(const arch_type& arch, std::vector<std::uint8_t>& tokens) const {
        if (is("blocks clear")) tokens.clear();
        for (std::uint8_t b = 0; b < (is("grow no block") ? 3 : arch[1]); ++b) {
            tokens.push_back(is("tokens") ? 4 : is("blocks") ? static_cast<std::uint8_t>(calls_++ % 4) : b);
            tokens.push_back(arch[2]);
        }
        if (is("blocks part")) tokens.push_back(0);
    }

  private:
    bool is(const char* fault) const { return fault_ == fault; }

    std::string fault_;
    static inline std::uint32_t calls_ = 0;
};

struct expectation {
    const char* fault;
    const char* law;
};

}  // namespace

TEST_CASE("space laws: a space without a fault keeps them") {
    static_assert(nas::MaskedSpace<faulty_space> && nas::ConditionalSpace<faulty_space> &&
                  nas::NumericSpace<faulty_space> && nas::HasMutate<faulty_space> && nas::HasCrossover<faulty_space> &&
                  nas::HasNeighbors<faulty_space> && nas::HasEncode<faulty_space> && nas::KeyedSpace<faulty_space> &&
                  nas::EnumerableSpace<faulty_space> && nas::GrowableSpace<faulty_space> &&
                  nas::BlockSpace<faulty_space>);
    std::string all;
    for (const std::string& violation : nas::testing::space_violations(faulty_space{})) all += violation + "\n";
    CHECK(all == "");
}

TEST_CASE("space laws: each fault is caught by its law") {
    const expectation expectations[] = {
        {"cardinality", "cardinalities are in [1, 256]"},
        {"path", "paths are unique"},
        {"label", "labels of a decision are unique"},
        {"conditional", "a space with conditions is conditional"},
        {"condition", "conditions name an earlier decision"},
        {"numeric", "a space with values is numeric"},
        {"values", "values are levels of a quantity"},
        {"order", "values are levels of a quantity"},
        {"mask", "masks leave a choice"},
        {"value", "active decisions have an allowed value"},
        {"high value", "values are below the cardinality"},
        {"inactive", "inactive decisions are 0"},
        {"genotype", "architecture is the inverse of genotype"},
        {"architecture", "genotype is the inverse of architecture"},
        {"sample", "sample depends on the generator alone"},
        {"sample outside", "samples are inside"},
        {"line", "describe gives one line"},
        {"describe", "describe depends on the architecture alone"},
        {"parse", "parse is the inverse of describe"},
        {"parse throws", "parse is the inverse of describe"},
        {"parse anything", "parse throws std::invalid_argument where the text is no architecture"},
        {"mutate nothing", "mutate changes something"},
        {"mutate", "mutate depends on architecture and generator alone"},
        {"mutate outside", "mutate stays inside"},
        {"crossover", "crossover depends on parents and generator alone"},
        {"crossover outside", "crossover stays inside"},
        {"neighbors clear", "neighbors appends"},
        {"neighbors self", "no architecture is its own neighbor"},
        {"neighbors outside", "neighbors are inside"},
        {"neighbors twice", "neighbors come once"},
        {"neighbors", "neighbors depend on architecture and generator alone"},
        {"encode infinite", "features are finite"},
        {"encode", "encode fills every feature, the same each time"},
        {"encode gap", "encode fills every feature, the same each time"},
        {"encode beyond", "encode writes its features only"},
        {"key", "equal architectures have equal keys"},
        {"size", "index is below size"},
        {"empty", "a space is not empty"},
        {"at", "at is the inverse of index"},
        {"at outside", "at stays inside"},
        {"at beyond", "at(size()) throws std::out_of_range"},
        {"index", "index is the inverse of at"},
        {"roots", "roots are inside"},
        {"grow", "grow stays inside"},
        {"grow nothing", "grow changes the architecture"},
        {"grow no block", "grow adds blocks"},
        {"block tokens", "blocks have 1 to 256 tokens"},
        {"token kind", "tokens are of a kind"},
        {"kind size", "kinds of tokens have 1 to 256 values"},
        {"blocks clear", "append_blocks appends"},
        {"blocks", "blocks depend on the architecture alone"},
        {"blocks part", "blocks are whole"},
        {"tokens", "tokens are below the size of their kind"},
    };
    for (const expectation& expected : expectations) {
        const char* const fault = expected.fault;
        const std::string law = expected.law;
        CAPTURE(fault);
        bool caught = false;
        std::string all;
        for (const std::string& violation : nas::testing::space_violations(faulty_space{fault})) {
            caught = caught || violation == law || violation.starts_with(law + ": ");
            all += violation + "\n";
        }
        CAPTURE(all);
        CHECK(caught);
    }
}

TEST_CASE("space laws: a report holds the first three violations of a law") {
    std::size_t outside = 0;
    for (const std::string& violation : nas::testing::space_violations(faulty_space{"mutate outside"}))
        outside += violation.starts_with("mutate stays inside: ") ? 1U : 0U;
    CHECK(outside == 3);
}
