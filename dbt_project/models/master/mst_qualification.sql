with posts as (

    select * from {{ source('history', 'personal__staff_service') }}

)

-- qualified for the subject as soon as one of the person's posts says so; the licence is the person's
select
    person_key,
    subject_code,
    bool_or(coalesce(licence_code = 'JA', false)) as has_licence,
    bool_or(coalesce(licence_code = 'UNDANTAG', false)) as is_exempt,
    bool_or(coalesce(is_qualified, false)) as is_qualified,
    min(first_grade_year) filter (where is_qualified) as first_grade_year,
    max(last_grade_year) filter (where is_qualified) as last_grade_year,
    max(_load) as _load
from posts
where subject_code <> '-'
group by person_key, subject_code
