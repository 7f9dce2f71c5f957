// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nas/operators/mutate.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/evaluator_laws.hpp>
#include <nas/testing/searcher_laws.hpp>

// A law that cannot fail is worthless: each fault here must be caught, by the law that names it.
namespace {

using choice_space = nas::choice_space<8>;
using arch = choice_space::arch_type;

/// Mutates the best so far, with one fault.
class faulty_searcher {
  public:
    using space_type = choice_space;

    explicit faulty_searcher(std::string fault = "") : fault_(std::move(fault)) {}

    const choice_space& space() const { return space_; }
    void begin(nas::rng& random) { first_ = random(); }

    std::optional<nas::proposal<arch>> ask(const nas::ask_view<arch>& view, nas::rng& random) const {
        ++*asked_;
        if (is("ends") && view.told >= 10) return std::nullopt;
        if (is("ends and goes on") && *asked_ % 10 == 0) return std::nullopt;
        if (is("outside")) return arch{9};
        if (is("global") && ++global_ % 7 == 0) return arch{};
        if (is("counts asks") && *asked_ % 5 == 0) return arch{};
        if (is("random") || ids_->empty()) return space_.sample(random);
        return nas::proposal<arch>(nas::mutate(space_, archs_->back(), random),
                                   is("bad parent") ? view.id : ids_->back());
    }
    void tell(const nas::trial<arch>& told, nas::rng& random) {
        if (is("afraid of failures") && !told.completed()) throw std::logic_error("a failure");
        if (is("afraid of strangers") && told.origin != nas::trial_origin::asked)
            throw std::logic_error("who is this?");
        if (is("breeds from failures") && told.origin == nas::trial_origin::asked) return keep(told);
        if (is("state outside") && told.id > 20) fault_ = "random";  // fine: it follows from the trials told
        if (is("rolls dice") && global_++ % 3 == 0) return;
        static_cast<void>(random());
        if (told.completed() && (values_->empty() || told.value() > values_->back())) keep(told);
    }

    // Copies that share: a vector behind a pointer is what a value must not have.
    faulty_searcher(const faulty_searcher& other)
        : fault_(other.fault_),
          first_(other.first_),
          asked_(std::make_shared<std::size_t>(*other.asked_)),
          archs_(other.archs_),
          values_(other.values_),
          ids_(other.ids_) {
        if (is("shares") && *asked_ > 0) return;
        archs_ = std::make_shared<std::vector<arch>>(*other.archs_);
        values_ = std::make_shared<std::vector<double>>(*other.values_);
        ids_ = std::make_shared<std::vector<nas::trial_id>>(*other.ids_);
    }
    faulty_searcher& operator=(const faulty_searcher&) = delete;

  private:
    bool is(const char* fault) const { return fault_ == fault; }
    void keep(const nas::trial<arch>& told) {
        archs_->push_back(told.arch);
        values_->push_back(told.value());
        ids_->push_back(told.id);
    }

    choice_space space_{5};
    std::string fault_;
    std::uint64_t first_ = 0;
    std::shared_ptr<std::size_t> asked_ = std::make_shared<std::size_t>();
    std::shared_ptr<std::vector<arch>> archs_ = std::make_shared<std::vector<arch>>();
    std::shared_ptr<std::vector<double>> values_ = std::make_shared<std::vector<double>>();
    std::shared_ptr<std::vector<nas::trial_id>> ids_ = std::make_shared<std::vector<nas::trial_id>>();
    static inline std::size_t global_ = 0;
};

struct expectation {
    const char* fault;
    const char* law;
};

struct lazy_executor {  // leaves out the first
    void for_each(std::size_t count, const auto& task) const {
        for (std::size_t i = 1; i < count; ++i) task(i);
    }
};

struct rushed_executor {  // leaves out the last of a full batch only
    void for_each(std::size_t count, const auto& task) const {
        for (std::size_t i = 0; i < (count == 4 ? 3 : count); ++i) task(i);
    }
};

std::string lines(const std::vector<std::string>& violations) {
    std::string text;
    for (const std::string& violation : violations) text += violation + "\n";
    return text;
}

bool caught(const std::vector<std::string>& violations, const std::string& law) {
    for (const std::string& violation : violations)
        if (violation == law || violation.starts_with(law + ": ")) return true;
    return false;
}

}  // namespace

TEST_CASE("searcher laws: a searcher without a fault keeps them") {
    for (const char* fault : {"", "ends", "state outside"}) {
        nas::testing::searcher_law_options options;
        options.learns = *fault == '\0';
        CHECK(lines(nas::testing::searcher_violations(faulty_searcher{fault}, options)) == "");
    }
}

TEST_CASE("searcher laws: each fault is caught by its law") {
    const expectation expectations[] = {
        {"outside", "proposals are inside the space"},
        {"global", "the same seed gives the same history"},
        {"counts asks", "resuming gives what would have followed"},
        {"counts asks", "asking changes nothing"},
        {"rolls dice", "the same seed gives the same history"},
        {"rolls dice", "two runs give what one does"},
        {"bad parent", "parents are completed trials that were told before"},
        {"breeds from failures", "parents are completed trials that were told before"},
        {"afraid of failures", "nothing throws"},
        {"afraid of strangers", "nothing throws"},
        {"ends and goes on", "an exhausted search stays exhausted"},
        {"shares", "a copy is a searcher of its own"},
        {"random", "it beats random search"},
    };
    for (const expectation& expected : expectations) {
        const char* const fault = expected.fault;
        const std::string law = expected.law;
        CAPTURE(fault);
        CAPTURE(law);
        const auto violations = nas::testing::searcher_violations(faulty_searcher{fault});
        const std::string all = lines(violations);
        CAPTURE(all);
        CHECK(caught(violations, law));
    }
}

TEST_CASE("searcher laws: an executor that leaves out a task is caught") {
    const faulty_searcher searcher;
    const nas::testing::easy_landscape<choice_space> landscape{searcher.space()};
    lazy_executor lazy;
    rushed_executor rushed;
    nas::testing::reversed_executor reversed;
    CHECK(caught(nas::testing::executor_violations(searcher, landscape, lazy),
                 "the order of evaluations changes nothing"));
    CHECK(caught(nas::testing::executor_violations(searcher, landscape, rushed),
                 "the order of evaluations changes nothing"));
    CHECK(lines(nas::testing::executor_violations(searcher, landscape, reversed)) == "");
}

TEST_CASE("searcher laws: a landscape that depends on the order of calls is caught") {
    std::size_t calls = 0;
    const auto drifting = [&calls](const arch&) { return static_cast<double>(++calls); };
    CHECK(
        caught(nas::testing::searcher_violations(faulty_searcher{}, drifting), "the same seed gives the same history"));
}

namespace {

/// With metrics and curves, and one fault.
class faulty_evaluator {
  public:
    explicit faulty_evaluator(std::string fault = "") : fault_(std::move(fault)) {}

    std::vector<std::string> metric_names() const { return {"accuracy"}; }

    nas::evaluation<> operator()(const arch& what, const nas::context& about) {
        ++calls_;
        if (fault_ == "throws") throw std::runtime_error("always the same");
        if (fault_ == "throws at random" && calls_ % 2 == 0) throw std::runtime_error("sometimes");
        nas::rng random = about.random();
        nas::evaluation<> result(what[0] + nas::unit(random), 2);
        result.metrics = {result.values[0] / 2};
        about.report(1, result.values[0]);
        if (fault_ == "value") result.values[0] = static_cast<double>(calls_);
        if (fault_ == "cost drifts") result.cost = static_cast<double>(calls_);
        if (fault_ == "metrics drift") result.metrics[0] = static_cast<double>(calls_);
        if (fault_ == "cost") result.cost = -1;
        if (fault_ == "metrics") result.metrics.push_back(1);
        if (fault_ == "reason") result.status = nas::trial_status::infeasible;
        if (fault_ == "curve") about.report(2, static_cast<double>(calls_));
        if (fault_ == "report") about.report(2, std::array<double, 2>{1, 2});
        return result;
    }

  private:
    std::string fault_;
    std::size_t calls_ = 0;
};

}  // namespace

TEST_CASE("evaluator laws: faults are caught, what is fine is not") {
    const choice_space searched{5};
    for (const char* fault : {"", "throws"}) {
        faulty_evaluator fine{fault};
        CHECK(lines(nas::testing::evaluator_violations(fine, searched)) == "");
    }
    const expectation expectations[] = {
        {"throws at random", "the same architecture and context give the same evaluation"},
        {"value", "the same architecture and context give the same evaluation"},
        {"cost drifts", "the same architecture and context give the same evaluation"},
        {"metrics drift", "the same architecture and context give the same evaluation"},
        {"curve", "the same architecture and context give the same evaluation"},
        {"cost", "costs are finite and not negative"},
        {"metrics", "there is a metric for each name"},
        {"reason", "what is not completed says why"},
        {"report", "reports have a value for each objective"},
    };
    for (const expectation& expected : expectations) {
        const char* const fault = expected.fault;
        const std::string law = expected.law;
        CAPTURE(fault);
        faulty_evaluator evaluator{fault};
        const auto violations = nas::testing::evaluator_violations(evaluator, searched);
        const std::string all = lines(violations);
        CAPTURE(all);
        CHECK(caught(violations, law));
    }
}

namespace {

struct batch_evaluator {
    double added = 0;
    std::size_t lost = 0;

    double operator()(const choice_space::arch_type& one) const { return one[0]; }
    std::vector<nas::evaluation<>> evaluate_batch(std::span<const choice_space::arch_type> archs,
                                                  std::span<const nas::context>) const {
        std::vector<nas::evaluation<>> all;
        for (std::size_t i = lost; i < archs.size(); ++i) all.emplace_back(archs[i][0] + added);
        return all;
    }
};

}  // namespace

TEST_CASE("evaluator laws: a batch that answers otherwise than single calls is caught") {
    const choice_space searched{5};
    const batch_evaluator fine{};
    CHECK(lines(nas::testing::evaluator_violations(fine, searched)) == "");
    const batch_evaluator other{.added = 1};
    CHECK(
        caught(nas::testing::evaluator_violations(other, searched), "evaluate_batch answers what single calls answer"));
    const batch_evaluator short_one{.lost = 1};
    CHECK(caught(nas::testing::evaluator_violations(short_one, searched), "evaluate_batch has an answer for each"));
}
