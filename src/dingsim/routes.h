/* Every call that dingsim answers: the table, and the handlers by file. */
#pragma once

#include "dingsim/call.h"

extern const struct http_route routes[];
extern const size_t route_count;

/* token.c */
call_fn token_access, token_corp, token_get;

/* signin.c */
call_fn signin_page, signin_choose, signin_exchange, signin_me, signin_by_union;

/* org.c */
call_fn org_departments, org_department_ids, org_department, org_users, org_user, org_scopes;

/* workflow.c */
call_fn workflow_create, workflow_forecast;

/* approval.c */
call_fn workflow_read, workflow_execute, workflow_redirect, workflow_terminate, workflow_comment,
    workflow_list, workflow_todo;

/* template.c */
call_fn template_schema, template_visible, template_manageable, template_named, template_save,
    template_remove;

/* clock.c */
call_fn clock_read, clock_forward;

/* inject.c */
call_fn inject_create, inject_list, inject_clear, inject_drop;

/* notice.c, robot.c, todo.c */
call_fn notice_send, notice_result, notice_recall, notice_list, robot_send, robot_status,
    robot_recall, todo_create, todo_update, todo_executors, todo_remove, todo_list;

/* push.c */
call_fn push_failed, push_failed_results;

/* gateway.c */
call_fn gateway_open, gateway_connect, gateway_list, gateway_act, gateway_callback;

/* callback.c */
call_fn callback_register, callback_update, callback_read, callback_delete;

/* change.c */
call_fn change_departments, change_add_department, change_set_department, change_remove_department,
    change_add_person, change_set_person, change_remove_person;

/* admin.c */
call_fn admin_people, admin_security, admin_subscribe, admin_subscription, admin_inbox,
    admin_attach, admin_delete, admin_decide, admin_instances, admin_instance, admin_pushes;

/* page_app.c, page_event.c, page_security.c */
call_fn page_security, page_security_save;
call_fn page_apps, page_app_create, page_app, page_app_save, page_permissions, page_permit,
    page_events, page_subscribe;

/* page_form.c */
call_fn page_forms, page_form_switch, page_form_edit, page_form_save;

/* page_fault.c, page_clock.c */
call_fn page_faults, page_fault_change, page_clock, page_clock_move;

/* page_message.c */
call_fn page_messages, page_todos, page_todo_tick, page_app_messages;

/* page_org.c */
call_fn page_org, page_org_change, page_org_person, page_org_save;

/* style.c, page.c, page_instance.c, page_new.c */
call_fn page_style, page_start, page_inbox, page_submitted, page_instance, page_decide, page_new,
    page_file, page_modify, page_modify_file;
