with grades as (

    select * from {{ source('scb', 'final_grade_year9') }}

),

-- type and clean; the personal number leaves nothing but the sex that it states
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_integer('spring_year') }} as spring_year,
        _person_key as person_key,
        _is_protected,
        {{ sex_from_number('person_number') }} as sex_code,
        {{ canonical_class('class_label') }} as class_label,
        {{ canonical_grade('grade_bl') }} as grade_bl,
        {{ canonical_grade('grade_en') }} as grade_en,
        {{ canonical_grade('grade_hkk') }} as grade_hkk,
        {{ canonical_grade('grade_idh') }} as grade_idh,
        {{ canonical_grade('grade_ma') }} as grade_ma,
        {{ canonical_grade('grade_mu') }} as grade_mu,
        {{ canonical_grade('grade_bi') }} as grade_bi,
        {{ canonical_grade('grade_fy') }} as grade_fy,
        {{ canonical_grade('grade_ke') }} as grade_ke,
        {{ canonical_grade('grade_ge') }} as grade_ge,
        {{ canonical_grade('grade_hi') }} as grade_hi,
        {{ canonical_grade('grade_re') }} as grade_re,
        {{ canonical_grade('grade_sh') }} as grade_sh,
        {{ canonical_grade('grade_sl') }} as grade_sl,
        {{ canonical_grade('grade_sv') }} as grade_sv,
        {{ canonical_grade('grade_sva') }} as grade_sva,
        {{ canonical_grade('grade_tn') }} as grade_tn,
        {{ canonical_grade('grade_tk') }} as grade_tk,
        {{ canonical_grade('grade_ovr') }} as grade_ovr,
        {{ as_code('m1_language') }} as m1_language,
        {{ canonical_grade('grade_m1') }} as grade_m1,
        {{ as_code('m2_language') }} as m2_language,
        {{ canonical_grade('grade_m2') }} as grade_m2,
        {{ as_code('ml_language') }} as ml_language,
        {{ canonical_grade('grade_ml') }} as grade_ml,
        _load,
        _row
    from grades

)

select
    school_unit_code,
    spring_year,
    person_key,
    _is_protected,
    sex_code,
    class_label,
    grade_bl,
    grade_en,
    grade_hkk,
    grade_idh,
    grade_ma,
    grade_mu,
    grade_bi,
    grade_fy,
    grade_ke,
    grade_ge,
    grade_hi,
    grade_re,
    grade_sh,
    grade_sl,
    grade_sv,
    grade_sva,
    grade_tn,
    grade_tk,
    grade_ovr,
    m1_language,
    grade_m1,
    m2_language,
    grade_m2,
    ml_language,
    grade_ml,
    _load,
    _row
from typed
