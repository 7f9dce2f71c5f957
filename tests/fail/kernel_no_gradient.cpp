// expect: nas: the kernel needs `std::size_t features() const`, `void read(const Space&, const arch_type&, std::span<double>) const`, `std::size_t parameters() const`
// SPDX-License-Identifier: Apache-2.0

#include <span>

#include <nas/predictors/gaussian_process.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

struct my_kernel {
    explicit my_kernel(const space&) {}
    std::size_t features() const { return 1; }
    void read(const space&, const space::arch_type&, std::span<double> out) const { out[0] = 0; }
    std::size_t parameters() const { return 0; }
    nas::kernel_prior prior(std::size_t) const { return {}; }
    void set(std::span<const double>) {}
    double covariance(const double*, const double*) const { return 1; }
};

nas::gaussian_process<space, my_kernel> made(space{5});
