# SPDX-License-Identifier: Apache-2.0

# cmake -D INCLUDE_DIR=.../include -P include_direction.cmake
# Reads every header: includes point from right to left in `order`, heavy headers stay where they are allowed, and
# nothing draws randomness that differs between platforms or is not an argument.

# A folder may include its own level and those before it. Files directly in nas/ may include all.
set(order core operators spaces networks "policies predictors" searchers "rewards data evaluators" run "io report" testing)

set(level 0)
foreach(folders IN LISTS order)
    string(REPLACE " " ";" folders "${folders}")
    foreach(folder IN LISTS folders)
        set(level_of_${folder} ${level})
    endforeach()
    math(EXPR level "${level} + 1")
endforeach()
set(level_of_ ${level})

# What a header may include from outside, from which folder of `order` on.
set(outside
    "spaces=boost/hana.*"
    "networks=Eigen/.*"
    "networks=iostream"
    "networks=ranges"
    "rewards=thread|mutex|shared_mutex|future|condition_variable|semaphore|latch|barrier|stop_token"
    "rewards=boost/(process|filesystem).*|zlib[.]h"
    "run=boost/asio.*"
    "rewards=nlohmann/.*")

set(errors)
macro(complain text)
    string(APPEND errors "  ${name}: ${text}\n")
endmacro()

file(GLOB_RECURSE headers RELATIVE ${INCLUDE_DIR} ${INCLUDE_DIR}/*.hpp)
foreach(name IN LISTS headers)
    string(REGEX MATCH "^nas/([a-z_]+)/" prefix "${name}")
    set(folder "${CMAKE_MATCH_1}")
    if(NOT prefix)
        set(folder "")
    endif()
    if(NOT DEFINED level_of_${folder})
        complain("'${folder}' is no folder of the library")
        continue()
    endif()
    set(own ${level_of_${folder}})

    file(READ ${INCLUDE_DIR}/${name} text)
    string(REGEX REPLACE "//[^\n]*" "" text "${text}") # comments may name what code may not use

    string(REGEX MATCHALL "#[ \t]*include[ \t]*[<\"][^>\"\n]+" includes "${text}")
    foreach(include IN LISTS includes)
        string(REGEX REPLACE "^[^<\"]*([<\"])" "\\1" include "${include}")
        string(SUBSTRING "${include}" 0 1 quote)
        string(SUBSTRING "${include}" 1 -1 include)
        if(quote STREQUAL "\"")
            complain("write #include <${include}> with its full path from include/")
        elseif(include MATCHES "^nas/([a-z_]+)/")
            set(other "${CMAKE_MATCH_1}")
            if(NOT DEFINED level_of_${other} OR level_of_${other} GREATER own)
                complain("'${folder}' may not include <${include}>")
            endif()
        elseif(include MATCHES "^nas/" AND folder)
            complain("a folder may not include <${include}>, which includes all")
        else()
            foreach(rule IN LISTS outside)
                string(REGEX MATCH "^([a-z]+)=(.*)$" rule "${rule}")
                set(first ${level_of_${CMAKE_MATCH_1}})
                if(include MATCHES "^(${CMAKE_MATCH_2})$" AND own LESS first)
                    complain("'${folder}' may not include <${include}>")
                endif()
            endforeach()
            if(folder STREQUAL "core" AND include MATCHES "^boost/" AND NOT include MATCHES "^boost/(random|container)/")
                complain("of Boost, core includes single headers of Random and Container only, not <${include}>")
            endif()
        endif()
    endforeach()

    foreach(word IN ITEMS "std::[a-z_]+_distribution" "std::(ranges::)?shuffle" "random_device" "thread_local"
            "[^A-Za-z0-9_:.]s?rand *\\(" "std::s?rand *\\(")
        if(text MATCHES "(${word})")
            complain("uses '${CMAKE_MATCH_1}', which a reproducible search cannot")
        endif()
    endforeach()
endforeach()

list(LENGTH headers count)
if(count EQUAL 0)
    message(FATAL_ERROR "no header in ${INCLUDE_DIR}")
endif()
if(errors)
    message(FATAL_ERROR "\n${errors}")
endif()
message(STATUS "${count} headers keep the rules")
