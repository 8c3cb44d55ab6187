with results as (

    select * from {{ source('scb', 'national_test_year9') }}

),

-- type and clean; SCB codes (99, 88, 77) stay codes
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_integer('spring_year') }} as spring_year,
        _person_key as person_key,
        _is_protected,
        {{ sex_from_number('person_number') }} as sex_code,
        {{ as_text('ma_group') }} as ma_group,
        {{ as_code('ma_a_participated') }} as ma_a_participated,
        {{ as_code('ma_b_participated') }} as ma_b_participated,
        {{ as_code('ma_c_participated') }} as ma_c_participated,
        {{ as_code('ma_d_participated') }} as ma_d_participated,
        {{ as_code('ma_test_grade') }} as ma_test_grade,
        {{ as_text('sv_group') }} as sv_group,
        {{ as_code('sv_syllabus') }} as sv_syllabus,
        {{ as_code('sv_a_part_grade') }} as sv_a_part_grade,
        {{ as_code('sv_b_part_grade') }} as sv_b_part_grade,
        {{ as_code('sv_c_part_grade') }} as sv_c_part_grade,
        {{ as_code('sv_test_grade') }} as sv_test_grade,
        {{ as_text('en_group') }} as en_group,
        {{ as_code('en_a_part_grade') }} as en_a_part_grade,
        {{ as_code('en_b_part_grade') }} as en_b_part_grade,
        {{ as_code('en_c_part_grade') }} as en_c_part_grade,
        {{ as_code('en_test_grade') }} as en_test_grade,
        {{ as_code('no_test_subject') }} as no_test_subject,
        {{ as_code('no_a_participated') }} as no_a_participated,
        {{ as_code('no_b_participated') }} as no_b_participated,
        {{ as_text('no_group') }} as no_group,
        {{ as_code('no_test_grade') }} as no_test_grade,
        {{ as_code('so_test_subject') }} as so_test_subject,
        {{ as_code('so_a_participated') }} as so_a_participated,
        {{ as_code('so_b_participated') }} as so_b_participated,
        {{ as_text('so_group') }} as so_group,
        {{ as_code('so_test_grade') }} as so_test_grade,
        _load,
        _row
    from results

)

select
    school_unit_code,
    spring_year,
    person_key,
    _is_protected,
    sex_code,
    ma_group,
    ma_a_participated,
    ma_b_participated,
    ma_c_participated,
    ma_d_participated,
    ma_test_grade,
    sv_group,
    sv_syllabus,
    sv_a_part_grade,
    sv_b_part_grade,
    sv_c_part_grade,
    sv_test_grade,
    en_group,
    en_a_part_grade,
    en_b_part_grade,
    en_c_part_grade,
    en_test_grade,
    no_test_subject,
    no_a_participated,
    no_b_participated,
    no_group,
    no_test_grade,
    so_test_subject,
    so_a_participated,
    so_b_participated,
    so_group,
    so_test_grade,
    _load,
    _row
from typed
