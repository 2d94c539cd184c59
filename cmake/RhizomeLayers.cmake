# Dependencies point one way: cli -> {actors, models}, actors -> {topologies, core}, {models, topologies} -> core. Every
# configuration walks the link interfaces and refuses a library that reaches, directly or through others, what it
# must not. scripts/check.sh looks at the includes.

# Everything that a target links, directly or not, by name.
function(rhizome_linked target result)
  set(seen)
  set(open ${target})
  while(open)
    list(POP_FRONT open current)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" current "${current}")
    if(current IN_LIST seen)
      continue()
    endif()
    list(APPEND seen "${current}")
    if(TARGET "${current}")
      foreach(property IN ITEMS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
        get_target_property(libraries ${current} ${property})
        if(libraries)
          list(APPEND open ${libraries})
        endif()
      endforeach()
    endif()
  endwhile()
  set(${result} ${seen} PARENT_SCOPE)
endfunction()

# rhizome_must_not_link(NAME REGEX): no library that rhizome_NAME reaches matches.
function(rhizome_must_not_link name pattern)
  rhizome_linked(rhizome_${name} linked)
  list(REMOVE_ITEM linked rhizome_${name})
  list(FILTER linked INCLUDE REGEX "${pattern}")
  if(linked)
    list(GET linked 0 library)
    message(FATAL_ERROR "rhizome_${name} reaches ${library}, which the layers of the project do not allow: "
                        "see ${name}/CMakeLists.txt and those of the libraries that it links.")
  endif()
endfunction()

rhizome_must_not_link(core "^rhizome(_|::)(topologies|models|actors|cli|torch|caf)$|torch|caf_|CAF::")
rhizome_must_not_link(topologies "^rhizome(_|::)(models|actors|cli|torch|caf)$|torch|caf_|CAF::")
rhizome_must_not_link(models "^rhizome(_|::)(topologies|actors|cli|caf)$|caf_|CAF::")
rhizome_must_not_link(actors "^rhizome(_|::)(models|cli|torch)$|torch")
